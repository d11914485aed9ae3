//! A name to sign in under.

use core::fmt;

use crate::encoding::to_lower_case;
use crate::json::Text;

/// A name as it was typed, and in lower case, which is what keys are derived from (PROTOCOL.md 4.1).
///
/// `from` a text makes the lower case with a table of this program. A host that has JavaScript's `toLowerCase()`
/// passes its result, and its program is spared the table.
#[derive(Clone, PartialEq, Eq)]
pub struct Username {
    typed: Text,
    lower: Text,
}

impl Username {
    /// A name whose lower case the host has made, by the rules of JavaScript's `toLowerCase()`.
    pub const fn with_lower_case(typed: Text, lower: Text) -> Self {
        Self { typed, lower }
    }

    /// As typed.
    pub const fn typed(&self) -> &Text {
        &self.typed
    }

    /// In lower case.
    pub const fn lower_case(&self) -> &Text {
        &self.lower
    }

    /// Without white space at either end, as the registration page sends it. A text with half a surrogate pair stays as it is.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        // White space has no case, and a capital sigma at the end of a word is at the end of it either way.
        Self { typed: trimmed(&self.typed), lower: trimmed(&self.lower) }
    }
}

fn trimmed(name: &Text) -> Text {
    name.as_str().map_or_else(|| name.clone(), |name| name.trim().into())
}

impl From<Text> for Username {
    fn from(typed: Text) -> Self {
        let lower = Text::from_utf16(&to_lower_case(&typed));
        Self { typed, lower }
    }
}

impl From<&str> for Username {
    fn from(typed: &str) -> Self {
        Text::from(typed).into()
    }
}

impl From<String> for Username {
    fn from(typed: String) -> Self {
        Text::from(typed).into()
    }
}

/// Who somebody is stays out of logs.
impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_lowered_as_javascript_does_it() {
        let lower = |name: &str| Username::from(name).lower_case().as_str().map(str::to_owned);
        assert_eq!(lower("  İSTANBUL ").as_deref(), Some("  i\u{307}stanbul "));
        assert_eq!(lower("ΟΔΟΣ ").as_deref(), Some("οδος "));
    }

    proptest! {
        #[test]
        fn trimming_and_lowering_can_be_done_in_either_order(name in "[ \t\u{a0}\u{2003}]{0,2}[ΣσAbİ'. ]{0,8}[ \n\u{feff}]{0,2}") {
            let first_trimmed = Username::from(trimmed(&Text::from(name.as_str())));
            prop_assert_eq!(Username::from(name).trimmed(), first_trimmed);
        }
    }
}
