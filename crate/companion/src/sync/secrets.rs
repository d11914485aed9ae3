//! Where password and one-time code come from: the environment or a prompt, never an argument, because
//! arguments show in process lists and shell histories.

use super::Args;
use super::printable::printable;
use pinfold_core::error::{Code, Error};
use pinfold_core::secret::{Password, SecretText};
use std::env::{self, VarError};
use std::io::{IsTerminal, stdin};
use zeroize::Zeroizing;

/// Holds the password.
pub(super) const PASSWORD: &str = "PINFOLD_PASSWORD";
/// Holds the link of an anonymous drive.
pub(super) const LINK: &str = "PINFOLD_LINK";
/// Holds the second factor's current code.
pub(super) const OTP: &str = "PINFOLD_OTP";

/// # Errors
/// `misuse/bad-argument` when there is neither the variable nor a terminal.
pub(super) fn password(args: &Args) -> Result<Password, Error> {
    password_for(args.user(), &args.origin)
}

/// The password of an account at a place, for a command without an instance.
///
/// # Errors
/// As [`password`].
pub(crate) fn password_for(user: &str, place: &str) -> Result<Password, Error> {
    let asked = format!("Password of {} on {}: ", printable(user, 60), printable(place, 200));
    let password = match variable(PASSWORD)? {
        Some(password) => password,
        None => prompt(&asked)?.ok_or_else(|| {
            Error::new(
                Code::MisuseBadArgument,
                "there is no password: set PINFOLD_PASSWORD, or use a terminal",
            )
        })?,
    };
    Ok(Password::from(password.as_str()))
}

/// The link of a drive that belongs to no account: whoever has it has the drive.
///
/// # Errors
/// `misuse/bad-argument` when there is neither the variable nor a terminal.
pub(super) fn link() -> Result<SecretText, Error> {
    let link = variable(LINK)?.map_or_else(|| prompt("Link of the drive: "), |link| Ok(Some(link)))?;
    link.map(secret).ok_or_else(|| {
        Error::new(Code::MisuseBadArgument, "there is no link: set PINFOLD_LINK, or use a terminal")
    })
}

/// The one-time code from the environment; with `--otp` also from a prompt at once.
///
/// # Errors
/// `misuse/bad-argument` when `--otp` is given and there is neither the variable nor a terminal.
pub(super) fn otp(args: &Args) -> Result<Option<SecretText>, Error> {
    let found = variable(OTP)?;
    if found.is_some() || !args.otp {
        return Ok(found.map(secret));
    }
    let prompted = prompted_otp()?;
    prompted.map(Some).ok_or_else(|| {
        Error::new(Code::MisuseBadArgument, "there is no one-time code: set PINFOLD_OTP, or use a terminal")
    })
}

/// Asks for the one-time code, where there is somebody to ask.
pub(super) fn prompted_otp() -> Result<Option<SecretText>, Error> {
    Ok(prompt("One-time code: ")?.map(secret))
}

fn secret(typed: Zeroizing<String>) -> SecretText {
    SecretText::new(typed.trim().to_owned())
}

fn variable(name: &'static str) -> Result<Option<Zeroizing<String>>, Error> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::new(Code::MisuseBadArgument, "an environment variable is not UTF-8")
                .with("name", name))
        }
    }
}

fn prompt(text: &str) -> Result<Option<Zeroizing<String>>, Error> {
    if !stdin().is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(text).map_err(|error| {
        Error::new(Code::MisuseBadArgument, "nothing can be read from the terminal").with("reason", error)
    })?;
    Ok(Some(Zeroizing::new(typed)).filter(|typed| !typed.is_empty()))
}
