//! Names the shared library, so that programs bind to its major version.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Not `rustc-cdylib-link-arg`: Cargo passes that on, and libeid_broker would get this name,
        // too. An executable is not bound to by a name.
        println!("cargo::rustc-link-arg=-Wl,-soname,libeid_check.so.0");
    }
}
