//! Why a drill could not go on: it says nothing about what was lost.

use std::fmt::{self, Display};

/// Any error, in its own words.
pub struct Failed(String);

/// What a step of the drill answers.
pub type Done<T> = Result<T, Failed>;

impl Failed {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, with what was being done in front.
    #[must_use]
    pub fn while_(self, what: &str) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

// No `Display` of its own: so every error that can be shown becomes one by `?`.
impl<E: Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
