//! Names that are told outside: each once, the same in Rust, JavaScript, TypeScript and on the command line.

use core::fmt;

/// That a text is none of the names it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such name")
    }
}

impl core::error::Error for UnknownName {}

/// An enum whose variants have stable names. The sentence after the type is that of its TypeScript union, which is called
/// like the type, or as `as` says; more derives may stand before it.
#[macro_export]
macro_rules! names {
    ( $(#[$doc:meta])* $type:ident, $all:literal: $($rows:tt)* ) => {
        $crate::names! { $(#[$doc])* $type as $type, $all: $($rows)* }
    };
    (
        $(#[$doc:meta])*
        $type:ident as $shown:ident, $all:literal:
        $( $(#[$about:meta])* $name:ident = $text:literal, )*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type { $( $(#[$about])* $name, )* }

        impl $type {
            /// Every one, in the order of the table.
            pub const ALL: [Self; [$( $text ),*].len()] = [$( Self::$name ),*];

            /// The union of all names as TypeScript source.
            pub const TYPESCRIPT: &str = concat!(
                "/** ", $all, " */\nexport type ", stringify!($shown), " =", $( "\n  | \"", $text, "\"", )* ";\n",
            );

            /// The stable name.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$name => $text, )* } }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::names::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.as_str() == name).ok_or($crate::names::UnknownName)
            }
        }
    };
}

pub use names;

#[cfg(test)]
mod tests {
    use super::*;

    names! {
        /// Two.
        Two, "Two names.":
        /// The first.
        First = "first-one",
        /// The second.
        Second = "second",
    }

    names! {
        /// One.
        One as Single, "One name.":
        /// It.
        It = "it",
    }

    #[test]
    fn a_type_may_be_called_otherwise_in_typescript() {
        assert_eq!(One::TYPESCRIPT, "/** One name. */\nexport type Single =\n  | \"it\";\n");
        assert_eq!("it".parse(), Ok(One::It));
    }

    #[test]
    fn a_name_is_written_and_read_alike_everywhere() {
        for one in Two::ALL {
            assert_eq!(one.as_str().parse(), Ok(one));
            assert_eq!(one.to_string(), one.as_str());
        }
        assert_eq!("first".parse::<Two>(), Err(UnknownName));
        assert_eq!(
            Two::TYPESCRIPT,
            "/** Two names. */\nexport type Two =\n  | \"first-one\"\n  | \"second\";\n"
        );
    }
}
