//! Generates the gRPC code from `proto/` without protoc, and the descriptor set for reflection.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const ROOMS: [&str; 5] = [
    "orders",
    "inventory",
    "allocator",
    "notifier",
    "supplier_gateway",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = "../../proto";
    println!("cargo::rerun-if-changed={root}");
    let mut files = ROOMS
        .map(|room| format!("{root}/backorder/{room}/v1/{room}.proto"))
        .to_vec();
    files.push(format!("{root}/backorder/allocator/v1/rebalance.proto"));
    files.push(format!("{root}/backorder/room/v1/room.proto"));
    let descriptors = protox::compile(files, [root])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .build_client(true)
        .build_server(true)
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
