//! Builds the shim to libxmlsec1, a peer, where its development files are installed.

fn main() {
    println!("cargo:rerun-if-changed=src/saml/xmlsec.c");
    println!("cargo:rustc-check-cfg=cfg(xmlsec1)");
    let Ok(found) = pkg_config::Config::new().probe("xmlsec1-openssl") else { return };
    let mut shim = cc::Build::new();
    shim.file("src/saml/xmlsec.c").includes(&found.include_paths);
    for (name, value) in &found.defines {
        shim.define(name, value.as_deref());
    }
    shim.compile("bench_xmlsec");
    println!("cargo:rustc-cfg=xmlsec1");
}
