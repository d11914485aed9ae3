//! Consent to exactly one difference.

use crate::crypto::hash::Sha512;
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::guard::plan::Plan;
use crate::json::{self, Text};

/// The user's agreement to a plan they were shown. It names the difference, so it is worth nothing for any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    digest: String,
}

impl Consent {
    /// Consent to the plan with this digest.
    pub fn to(digest: impl Into<String>) -> Self {
        Self { digest: digest.into() }
    }

    /// # Errors
    /// `pins/stale-consent` when the plan is another one by now.
    pub(super) fn check(&self, plan: &Plan) -> Result<(), Error> {
        if self.digest == plan.digest() {
            return Ok(());
        }
        let stale = Error::new(Code::PinsStaleConsent, "the difference is no longer the one agreed to");
        Err(stale.with("removed", plan.removed.len()).with("doubts", plan.doubts.len()))
    }
}

/// Base64 of SHA-512 over the removals with their causes, the doubts and the unknown list.
pub(super) fn digest(plan: &Plan) -> String {
    let mut hasher = Sha512::default();
    hasher.update(b"pinfold consent 1\n");
    let mut line = |kind: &str, name: &Text, what: &str| {
        let mut text = String::from(kind);
        // As JSON, so that no id can end a line and begin another.
        json::write_string(name, &mut text);
        text.push_str(what);
        text.push('\n');
        hasher.update(text.as_bytes());
    };
    for removal in &plan.removed {
        line("-", &removal.id, removal.cause.as_str());
    }
    for doubt in &plan.doubts {
        line("?", &doubt.channel, doubt.code.as_str());
    }
    if let Some(unknown) = &plan.unknown {
        line("!", &Text::from(unknown.as_str()), "");
    }
    encode_base64(&hasher.finish())
}
