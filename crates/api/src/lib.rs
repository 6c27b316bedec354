//! The gRPC doors of the five services, generated from `proto/`, and their descriptor set.
//!
//! Nothing here is written by hand, and nothing knows what a message means.

/// Every proto file with its imports, encoded, for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// One room's generated code.
macro_rules! generated {
    ($package:literal) => {
        #[allow(
            missing_docs,
            clippy::all,
            clippy::allow_attributes_without_reason,
            clippy::arithmetic_side_effects,
            clippy::as_conversions,
            clippy::needless_pass_by_value,
            clippy::too_many_lines,
            clippy::wildcard_enum_match_arm,
            rustdoc::all,
            reason = "generated"
        )]
        mod generated {
            tonic::include_proto!($package);
        }
        pub use generated::*;
    };
}

/// What customers asked for.
pub mod orders {
    /// The first version.
    pub mod v1 {
        generated!("backorder.orders.v1");
    }
}

/// What stock there is.
pub mod inventory {
    /// The first version.
    pub mod v1 {
        generated!("backorder.inventory.v1");
    }
}

/// Who gets which stock, when, and why.
pub mod allocator {
    /// The first version.
    pub mod v1 {
        generated!("backorder.allocator.v1");
    }
}

/// What customers were told.
pub mod notifier {
    /// The first version.
    pub mod v1 {
        generated!("backorder.notifier.v1");
    }
}

/// What suppliers owe.
pub mod supplier_gateway {
    /// The first version.
    pub mod v1 {
        generated!("backorder.supplier_gateway.v1");
    }
}

/// What every room answers alike.
pub mod room {
    /// The first version.
    pub mod v1 {
        generated!("backorder.room.v1");
    }
}
