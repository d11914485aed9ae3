//! What a CryptPad configuration says of folders and times (`docs/OPERATIONS.md` 1.1).
//!
//! The configuration is a JavaScript program. It is not run: only plain values are taken from it, and a value that has to be
//! computed is an error that names its key. Guessing a path is how a run without pins begins.

use crate::paths::Paths;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A plain value of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Truth(bool),
    /// The keys of an object.
    Keys(BTreeSet<String>),
}

/// The plain values of a configuration, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config(BTreeMap<String, Plain>);

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no `module.exports = {`.
    #[error("the file holds no `module.exports = {{`")]
    NoExports,
    /// A value of a key that matters is computed.
    #[error("the value of {0} is not a plain one: give it as an option")]
    Computed(String),
    /// A path is not text, or is empty.
    #[error("{0} is not a path")]
    NotAPath(String),
}

const PATH_KEYS: [&str; 7] =
    ["filePath", "archivePath", "pinPath", "taskPath", "blockPath", "blobPath", "decreePath"];
const OTHER_KEYS: [&str; 4] =
    ["inactiveTime", "archiveRetentionTime", "accountRetentionTime", "customLimits"];

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// [`ConfigError::NoExports`], and [`ConfigError::Computed`] for the keys that this project uses.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let mut tokens =
            tokens(text).into_iter().skip_while(|token| *token != Token::Word("exports".into())).skip(1);
        if (tokens.next(), tokens.next()) != (Some(Token::Sign('=')), Some(Token::Sign('{'))) {
            return Err(ConfigError::NoExports);
        }
        let mut found = BTreeMap::new();
        while let Some(entry) = entry(&mut tokens) {
            if PATH_KEYS.contains(&entry.key.as_str()) || OTHER_KEYS.contains(&entry.key.as_str()) {
                let plain = plain(&entry.value).ok_or_else(|| ConfigError::Computed(entry.key.clone()))?;
                found.insert(entry.key, plain);
            }
        }
        Ok(Self(found))
    }

    /// A value, if the configuration has it.
    pub fn get(&self, key: &str) -> Option<&Plain> {
        self.0.get(key)
    }

    /// Replaces a value, as an option of a command line does.
    pub fn set(&mut self, key: &str, value: Plain) {
        self.0.insert(key.into(), value);
    }

    /// The folders, relative paths starting from `base`: the folder in which the server is started, not the one of the file.
    /// Without an option they are those of CryptPad's code, not those of its example file.
    ///
    /// # Errors
    /// [`ConfigError::NotAPath`].
    pub fn paths(&self, base: &Path) -> Result<Paths, ConfigError> {
        let path = |key: &str, default: &str| match self.get(key) {
            None => Ok(base.join(plain_path(default))),
            Some(Plain::Text(text)) if !text.is_empty() => Ok(base.join(plain_path(text))),
            Some(_) => Err(ConfigError::NotAPath(key.into())),
        };
        Ok(Paths {
            channels: path("filePath", "datastore")?,
            archive: path("archivePath", "data/archive")?,
            pins: path("pinPath", "pins")?,
            tasks: path("taskPath", "tasks")?,
            blocks: path("blockPath", "block")?,
            blobs: path("blobPath", "blob")?,
            decrees: path("decreePath", "data")?,
            state: base.join("data/pinfold"),
        })
    }

    /// The accounts that the configuration gives a limit of their own.
    pub fn custom_limits(&self) -> impl Iterator<Item = &str> {
        match self.get("customLimits") {
            Some(Plain::Keys(keys)) => Some(keys.iter().map(String::as_str)),
            _ => None,
        }
        .into_iter()
        .flatten()
    }
}

fn plain_path(text: &str) -> PathBuf {
    Path::new(text).components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    Number(f64),
    Word(String),
    Sign(char),
}

struct Entry {
    key: String,
    value: Vec<Token>,
}

/// The next `key: value` of the object that was entered; `None` at its end.
fn entry(tokens: &mut impl Iterator<Item = Token>) -> Option<Entry> {
    let mut depth = 0_usize;
    let mut key = None;
    let mut value = Vec::new();
    for token in tokens {
        match (&token, &key) {
            (Token::Sign('{' | '[' | '('), _) => depth += 1,
            (Token::Sign('}' | ']' | ')'), _) if depth == 0 => break,
            (Token::Sign('}' | ']' | ')'), _) => depth -= 1,
            (Token::Sign(','), Some(_)) if depth == 0 => break,
            (Token::Sign(':'), Some(_)) if depth == 0 && value.is_empty() => continue,
            (Token::Text(text) | Token::Word(text), None) if depth == 0 => {
                key = Some(text.clone());
                continue;
            }
            _ => {}
        }
        if key.is_some() {
            value.push(token);
        }
    }
    Some(Entry { key: key?, value })
}

fn plain(value: &[Token]) -> Option<Plain> {
    match value {
        [Token::Text(text)] => Some(Plain::Text(text.clone())),
        [Token::Number(number)] => Some(Plain::Number(*number)),
        [Token::Sign('-'), Token::Number(number)] => Some(Plain::Number(-number)),
        [Token::Word(word)] if word == "true" || word == "false" => Some(Plain::Truth(word == "true")),
        [Token::Sign('{'), inner @ ..] => {
            let mut inner = inner.iter().cloned();
            Some(Plain::Keys(std::iter::from_fn(|| entry(&mut inner)).map(|entry| entry.key).collect()))
        }
        _ => None,
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '/' if rest.peek() == Some(&'*') => {
                let mut star = false;
                rest.next();
                for c in rest.by_ref() {
                    if star && c == '/' {
                        break;
                    }
                    star = c == '*';
                }
            }
            '"' | '\'' | '`' => found.push(quoted(first, &mut rest)),
            c if c.is_ascii_digit() => found.push(number(c, &mut rest)),
            c if c.is_alphabetic() || matches!(c, '_' | '$') => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
            c if c.is_whitespace() => {}
            c => found.push(Token::Sign(c)),
        }
    }
    found
}

fn quoted(quote: char, rest: &mut impl Iterator<Item = char>) -> Token {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.extend(rest.next()),
            c if c == quote => break,
            // A template with a computed part is not plain: two tokens in place of one make it so.
            '$' if quote == '`' => return Token::Sign('$'),
            c => text.push(c),
        }
    }
    Token::Text(text)
}

fn number(first: char, rest: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Token {
    let mut text = String::from(first);
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
        if c != '_' {
            text.push(c);
        }
    }
    text.parse().map_or(Token::Word(text), Token::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        // filePath: './wrong/',
        /* pinPath: './wrong', */
        const os = require("os");
        module.exports = {
            httpUnsafeOrigin: 'http://localhost:3000', // a comment, with a comma
            adminKeys: ["[name@host/key=]",],
            inactiveTime: 90, // days
            archiveRetentionTime: 15,
            filePath: './datastore/',
            archivePath: "./data/cold",
            pinPath : './data/pins',
            "blobPath": `./blob`,
            customLimits: { "bcMKLaV661gr09CanmLPF9WGFN0CUUQCRlxMLutT7/A=": { limit: 10 * 1024, plan: 'x' }, 'b': {} },
            logPath: os.tmpdir(),
        };"#;

    #[test]
    fn plain_values_are_read_and_comments_are_not() {
        let config = Config::read(TEXT).unwrap();
        assert_eq!(config.get("inactiveTime"), Some(&Plain::Number(90.0)));
        let paths = config.paths(Path::new("/srv")).unwrap();
        assert_eq!(paths.channels, Path::new("/srv/datastore"));
        assert_eq!(paths.archive, Path::new("/srv/data/cold"));
        assert_eq!((paths.pins, paths.blobs), ("/srv/data/pins".into(), "/srv/blob".into()));
        let limits: Vec<_> = config.custom_limits().collect();
        assert_eq!(limits, ["b", "bcMKLaV661gr09CanmLPF9WGFN0CUUQCRlxMLutT7/A="]);
    }

    #[test]
    fn a_computed_path_is_refused_by_name() {
        for value in ["process.env.PINS", "`${base}/pins`", "'a' + 'b'", "60 * 2"] {
            let text = format!("module.exports = {{ pinPath: {value}, filePath: './d' }};");
            assert_eq!(Config::read(&text), Err(ConfigError::Computed("pinPath".into())), "{value}");
        }
        assert_eq!(Config::read("export default {}"), Err(ConfigError::NoExports));
        let empty = Config::read("module.exports = { pinPath: '' }").unwrap();
        assert_eq!(empty.paths(Path::new("/")), Err(ConfigError::NotAPath("pinPath".into())));
    }
}
