//! Which certificates are believed: those that the system's or the named authorities vouch for, and the named ones
//! themselves.
//!
//! The first is decided by rustls and webpki alone. Only where they refuse is it asked whether the certificate that was
//! shown is, byte for byte, one of those that were named: an ordinary self-signed one says of itself that it is an
//! authority (`openssl req -x509` makes it so), and authorities are not taken for servers. Who names that very
//! certificate says that it is the server's. Its name has to fit and its time to be right all the same.

use pinfold_core::error::{Code, Error};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::fmt::Display;
use std::sync::Arc;

/// A configuration that believes the operating system's certificates and the `extra` ones (DER).
pub(super) fn configuration(extra: &[Vec<u8>]) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    // A system certificate that cannot be read is one that is not trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let named: Vec<CertificateDer<'static>> = extra.iter().cloned().map(CertificateDer::from).collect();
    for certificate in &named {
        roots.add(certificate.clone()).map_err(|error| unusable(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::Internal, "no TLS version in common").with("reason", error))?;
    if named.is_empty() {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let verifier = Named::new(roots, named, provider)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn unusable(reason: &dyn Display) -> Error {
    Error::new(Code::MisuseBadArgument, "an extra certificate cannot be used").with("reason", reason)
}

#[derive(Debug)]
struct Named {
    rules: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Named {
    fn new(
        roots: RootCertStore,
        named: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Self { rules: rules.map_err(|error| unusable(&error))?, named })
    }

    /// Whether the refusal is about who vouches for the certificate, and not about its time, form or purpose.
    fn is_about_authority(error: &rustls::Error) -> bool {
        use CertificateError::{BadSignature, Other, UnknownIssuer};
        matches!(error, rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature | Other(_)))
    }
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let refusal = match self.rules.verify_server_cert(shown, intermediates, name, ocsp, now) {
            Ok(verified) => return Ok(verified),
            Err(refusal) => refusal,
        };
        let is_named = self.named.iter().any(|named| named.as_ref() == shown.as_ref());
        if !is_named || !Self::is_about_authority(&refusal) {
            return Err(refusal);
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};

    fn authority(names: &[&str]) -> CertificateParams {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn made(params: &CertificateParams) -> Vec<u8> {
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn believed(named: &[u8], shown: &[u8], name: &str) -> Result<(), rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(named.to_vec())).unwrap();
        let named = vec![CertificateDer::from(named.to_vec())];
        let verifier = Named::new(roots, named, provider).unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let shown = CertificateDer::from(shown.to_vec());
        verifier.verify_server_cert(&shown, &[], &name, &[], UnixTime::now()).map(drop)
    }

    #[test]
    fn the_very_certificate_that_was_named_is_believed_for_its_names() {
        let shown = made(&authority(&["pad.example.org", "127.0.0.1"]));
        believed(&shown, &shown, "pad.example.org").unwrap();
        believed(&shown, &shown, "127.0.0.1").unwrap();
        for other in ["evil.example.org", "example.org", "127.0.0.2"] {
            believed(&shown, &shown, other).unwrap_err();
        }
        // As before: one that is no authority.
        let plain = made(&CertificateParams::new(vec!["pad.example.org".to_owned()]).unwrap());
        believed(&plain, &plain, "pad.example.org").unwrap();
    }

    #[test]
    fn another_certificate_of_the_same_name_is_not() {
        let named = made(&authority(&["pad.example.org"]));
        let other = made(&authority(&["pad.example.org"]));
        believed(&named, &other, "pad.example.org").unwrap_err();
        let mut changed = named.clone();
        *changed.last_mut().unwrap() ^= 1;
        believed(&named, &changed, "pad.example.org").unwrap_err();
    }

    #[test]
    fn its_time_and_its_purpose_count_all_the_same() {
        let mut over = authority(&["pad.example.org"]);
        over.not_after = date_time_ymd(2020, 1, 1);
        let mut early = authority(&["pad.example.org"]);
        early.not_before = date_time_ymd(4000, 1, 1);
        let mut client = authority(&["pad.example.org"]);
        client.is_ca = IsCa::NoCa;
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        for params in [over, early, client] {
            let shown = made(&params);
            believed(&shown, &shown, "pad.example.org").unwrap_err();
        }
    }

    #[test]
    fn an_authority_vouches_for_others_as_before() {
        let key = KeyPair::generate().unwrap();
        let params = authority(&["an authority"]);
        let root = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = rcgen::Issuer::new(params, key);
        let leaf = CertificateParams::new(vec!["pad.example.org".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().der().to_vec();
        believed(&root, &leaf, "pad.example.org").unwrap();
        believed(&root, &leaf, "evil.example.org").unwrap_err();
        let stranger = made(&authority(&["another authority"]));
        believed(&stranger, &leaf, "pad.example.org").unwrap_err();
        // Named itself, it needs nobody who vouches for it.
        believed(&leaf, &leaf, "pad.example.org").unwrap();
    }
}
