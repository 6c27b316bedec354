//! `backorder`: see `backorder --help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// What one core allocates, another frees: a call's parts go from its connection to its room and
/// back. The system's allocator took a third of the time of a busy process for that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::from(4);
        }
    };
    runtime.block_on(backorder::main())
}
