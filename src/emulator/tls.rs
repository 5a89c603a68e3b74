//! The emulator's own certificate authority, kept in its state folder, and a certificate for loopback from it.
//! Good for nothing but this emulator: it signs no other name.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The key or the certificate could not be read or written.
    #[error("cannot keep the emulator's certificate authority")]
    Io(#[from] io::Error),
    /// The stored key is no key, or signing failed.
    #[error("cannot make the emulator's certificates")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused them.
    #[error("cannot set up TLS")]
    Setup(#[from] tokio_rustls::rustls::Error),
}

/// The authority and what the server needs.
#[derive(Debug)]
pub(crate) struct Tls {
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_pem: String,
    /// Keys, certificates and protocols for accepting connections.
    pub(crate) config: Arc<ServerConfig>,
}

/// Opens the authority under `folder` (`ca.pem`, `ca-key.pem`), or makes it, and signs a certificate for loopback.
pub(crate) fn open(folder: &Path) -> Result<Tls, TlsError> {
    let (key, ca_pem) = authority(folder)?;
    let ca = ca_params();
    let issuer = Issuer::from_params(&ca, &key);
    let mut params =
        CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?;
    params.distinguished_name = named("poolwright emulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = validity();
    let own = KeyPair::generate()?;
    let certificate = params.signed_by(&own, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = [&b"h2"[..], b"http/1.1", b"http/1.0"].map(<[u8]>::to_vec).to_vec();
    Ok(Tls { ca_pem, config: Arc::new(config) })
}

/// The authority's key and certificate: those in the folder, or new ones that are put there.
#[expect(clippy::disallowed_methods, reason = "the authority is kept beside the emulator's state")]
fn authority(folder: &Path) -> Result<(KeyPair, String), TlsError> {
    let (key_path, pem_path) = (folder.join("ca-key.pem"), folder.join("ca.pem"));
    fs::create_dir_all(folder)?;
    let stored = fs::read_to_string(&key_path).ok().and_then(|pem| KeyPair::from_pem(&pem).ok());
    let key = if let Some(key) = stored {
        key
    } else {
        let key = KeyPair::generate()?;
        write_private(&key_path, &key.serialize_pem())?;
        key
    };
    if let Some(pem) = fs::read_to_string(&pem_path).ok().filter(|pem| is_of(pem, &key)) {
        return Ok((key, pem));
    }
    // Signed anew by the same key under the same name: who trusts the old one goes on trusting.
    let pem = ca_params().self_signed(&key)?.pem();
    fs::write(&pem_path, &pem)?;
    Ok((key, pem))
}

/// True when a text is a certificate of that key.
fn is_of(pem: &str, key: &KeyPair) -> bool {
    let public = key.public_key_raw();
    CertificateDer::from_pem_slice(pem.as_bytes())
        .is_ok_and(|certificate| certificate.windows(public.len()).any(|part| part == public))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[expect(clippy::disallowed_methods, reason = "the authority's key is kept beside the emulator's state")]
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())
}

/// The same every time, so that a stored key goes on signing for the stored certificate.
fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("poolwright emulator CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = validity();
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn validity() -> (time::OffsetDateTime, time::OffsetDateTime) {
    (rcgen::date_time_ymd(2024, 1, 1), rcgen::date_time_ymd(2049, 1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test damages what is stored")]
    fn a_damaged_certificate_is_made_anew_of_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let (key, pem) = authority(folder.path()).unwrap();
        assert_eq!(authority(folder.path()).unwrap().1, pem);
        fs::write(folder.path().join("ca.pem"), "junk").unwrap();
        let (same, mended) = authority(folder.path()).unwrap();
        assert_eq!(same.public_key_raw(), key.public_key_raw());
        assert!(is_of(&mended, &key) && !is_of("junk", &key));
    }
}
