//! Names the shared library, so that programs bind to its major version.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libeid_broker.so.0");
        // Curves that OpenSSL has built are kept for all brokers. libcrypto stays in a process for
        // the like reason; so does this, or each unloading would leave them behind.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
