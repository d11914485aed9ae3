//! Name and password to keys (PROTOCOL.md 4.1 to 4.3 and 4.6).

use zeroize::Zeroizing;

use super::block::BlockKeys;
use crate::crypto::curve::CurvePair;
use crate::crypto::kdf::Stretching;
use crate::crypto::part;
use crate::crypto::sign::SigningKey;
use crate::encoding::{Utf16, cesu8, encode_hex, encode_link, to_lower_case};
use crate::error::{Code, Error};
use crate::secret::{Secret, SecretText};

/// Everything that a name and a password give.
#[derive(Debug)]
pub struct LoginKeys {
    /// The keys of the log-in block, which holds the way to everything else.
    pub block: BlockKeys,
    /// The keys of an account that is too old to have a block.
    pub legacy: LegacyKeys,
}

/// The keys of an account without a log-in block.
#[derive(Debug)]
pub struct LegacyKeys {
    /// The channel of the account document: 32 hexadecimal digits.
    pub channel: String,
    /// The account document's hash, `/1/edit/<channel>/<key>/`.
    pub user_hash: SecretText,
    /// The account's `edPublic` and `edPrivate`.
    pub sign: SigningKey,
    /// The account's `curvePublic` and `curvePrivate`.
    pub curve: CurvePair,
}

/// Derives the keys. This is the slow step of a log-in: about 32 MiB and a tenth of a second.
///
/// The name is lower-cased and **not** trimmed or normalised; the password is used as it is. `login_salt`
/// is the instance's (`AppConfig.loginSalt`), normally empty. Each may be a `str` or UTF-16 units.
///
/// # Examples
/// ```
/// let keys = pinfold_core::derive_login("alice-june-2019", "alice correct horse", "")?;
/// assert_eq!(keys.block.id.as_str(), "+BKFeW2cPEAIwdJ6bBXSJrItnDghx58dqY0ht2j0G9U=");
/// # Ok::<(), pinfold_core::Error>(())
/// ```
///
/// # Errors
/// `misuse/bad-argument` for an empty name or password, `host/no-memory`.
pub fn derive_login<N, P>(username: &N, password: &P, login_salt: &str) -> Result<LoginKeys, Error>
where
    N: Utf16 + ?Sized,
    P: Utf16 + ?Sized,
{
    derive_lowered(to_lower_case(username), password, login_salt)
}

/// As [`derive_login`], of a name in lower case.
///
/// # Errors
/// As [`derive_login`].
pub fn derive_lowered<P>(lower: Vec<u16>, password: &P, login_salt: &str) -> Result<LoginKeys, Error>
where
    P: Utf16 + ?Sized,
{
    let mut deriving = Deriving::begin(lower, password, login_salt)?;
    loop {
        if let Some(keys) = deriving.step(Stretching::PARTS)? {
            return Ok(keys);
        }
    }
}

/// [`derive_lowered`] in steps.
#[derive(Debug)]
pub struct Deriving(Option<Stretching>);

impl Deriving {
    /// Begins.
    ///
    /// # Errors
    /// As [`derive_login`].
    pub fn begin<P>(lower: Vec<u16>, password: &P, login_salt: &str) -> Result<Self, Error>
    where
        P: Utf16 + ?Sized,
    {
        let password = cesu8(password);
        if password.is_empty() || lower.is_empty() {
            return Err(Error::new(Code::MisuseBadArgument, "a name and a password are needed"));
        }
        Stretching::begin(&password, &salted(lower, login_salt)).map(|stretching| Self(Some(stretching)))
    }

    /// Does so many parts of [`Stretching::PARTS`]; the keys, once all are done.
    ///
    /// # Errors
    /// `internal`, for a step after the last.
    pub fn step(&mut self, parts: usize) -> Result<Option<LoginKeys>, Error> {
        let over = || Error::new(Code::Internal, "the keys were derived already");
        let mut stretching = self.0.take().ok_or_else(over)?;
        if stretching.step(parts) {
            return LoginKeys::from_stretched(&stretching.finish()).map(Some);
        }
        self.0 = Some(stretching);
        Ok(None)
    }
}

/// What scrypt takes as its salt: the lower-cased name, then the instance's salt.
pub fn salt_bytes<N: Utf16 + ?Sized>(username: &N, login_salt: &str) -> Zeroizing<Vec<u8>> {
    salted(to_lower_case(username), login_salt)
}

fn salted(mut lower: Vec<u16>, login_salt: &str) -> Zeroizing<Vec<u8>> {
    lower.extend(login_salt.encode_utf16());
    cesu8(lower.as_slice())
}

impl LoginKeys {
    /// Distributes the 192 bytes that scrypt gives.
    ///
    /// | bytes | use |
    /// |---|---|
    /// | 0..18, 18..34 | seed and channel of the legacy document |
    /// | 34..66, 66..98 | Curve25519 secret and Ed25519 seed of the legacy account |
    /// | 98..130, 130..162 | Ed25519 seed and symmetric key of the log-in block |
    ///
    /// # Errors
    /// `internal`, never in practice.
    pub fn from_stretched(stretched: &Secret<192>) -> Result<Self, Error> {
        let seed = part::<0, 18, 192>(stretched);
        let channel = part::<18, 16, 192>(stretched);
        let key = Zeroizing::new(encode_link(seed.expose()));
        let user_hash = ["/1/edit/", &encode_link(channel.expose()), "/", &key, "/"].concat();
        Ok(Self {
            legacy: LegacyKeys {
                channel: encode_hex(channel.expose()),
                user_hash: SecretText::new(user_hash),
                curve: CurvePair::from_secret(part::<34, 32, 192>(stretched)),
                sign: SigningKey::from_seed(&part::<66, 32, 192>(stretched)),
            },
            block: BlockKeys::new(
                SigningKey::from_seed(&part::<98, 32, 192>(stretched)),
                part::<130, 32, 192>(stretched),
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_password_are_needed() {
        for (name, password) in [("", "password"), ("name", "")] {
            assert_eq!(derive_login(name, password, "").unwrap_err().code(), Code::MisuseBadArgument);
        }
    }

    #[test]
    fn the_name_is_lowered_and_the_salt_is_not() {
        assert_eq!(salt_bytes("İSTANBUL", "Salt").as_slice(), "i\u{307}stanbulSalt".as_bytes());
        assert_eq!(salt_bytes(" bob ", "").as_slice(), b" bob ");
    }
}
