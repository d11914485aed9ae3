//! `hrefs.json`: links.

use pinfold_core::href::{
    Grammar, Options, ParsedHash, ParsedHref, href_to_channel, parse_href, relative_href,
};
use pinfold_core::json::{Object, Value};

use super::Verdict;
use super::support::{Problem, defined, input, judge_expect, object, optional, or_null, or_throws, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let (href, password) = (string(input, "href")?, optional(input, "password")?);
    let link = parse_href(href);
    // Of a link without type the real code makes one to "undefined".
    let relative = relative_href(href)
        .or_else(|| (link.kind.is_none() && href.contains('#')).then(|| "/undefined/#undefined".to_owned()));
    Ok(object([
        ("parsed", parsed(href, &link)),
        ("hexChannel", or_throws(href_to_channel(href, password).map(or_null))),
        ("relativeHref", or_null(relative)),
        ("isValidHref", link.kind.is_some().into()),
    ])
    .into())
}

fn parsed(href: &str, link: &ParsedHref<'_>) -> Value {
    let data = link.data();
    let url = if href.is_empty() { None } else { Some(link.clean().unwrap_or_else(|| "/".into())) };
    defined([
        ("type", link.kind.map(Value::from)),
        ("domain", link.domain.map(Value::from)),
        ("hash", link.hash.as_deref().map(Value::from)),
        ("url", Some(or_null(url))),
        ("options", Some(if href.is_empty() { Value::Null } else { options(data.as_ref()) })),
        ("hashData", data.as_ref().map(hash_data)),
    ])
}

fn grammar_name(grammar: Grammar) -> &'static str {
    match grammar {
        Grammar::Pad => "pad",
        Grammar::File => "file",
        Grammar::Invite => "invite",
    }
}

fn hash_data(data: &ParsedHash<'_>) -> Value {
    let mut fields = match &data.options {
        // Of an invitation the real code looks for the password alone.
        Some(options) if data.grammar == Some(Grammar::Invite) => {
            object([("password", options.password.into())])
        }
        Some(options) => every_option(options),
        None => Object::new(),
    };
    let mut set = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            fields.insert(key, value);
        }
    };
    set("type", data.grammar.map(grammar_name));
    set("app", data.app);
    set("mode", data.mode);
    set("channel", data.channel.as_deref());
    set("key", data.key.as_deref());
    fields.insert("version", f64::from(data.version));
    fields.into()
}

fn every_option(options: &Options<'_>) -> Object {
    let text = |value: Option<&str>| Value::from(value.unwrap_or_default());
    let mut fields = object([
        ("password", options.password.into()),
        ("present", options.present.into()),
        ("embed", options.embed.into()),
        ("versionHash", text(options.version_hash.as_deref())),
        ("auditorKey", text(options.auditor_key.as_deref())),
        ("newPadOpts", text(options.new_pad)),
        ("loginOpts", text(options.login)),
    ]);
    if let Some(key) = &options.owner_key {
        fields.insert("ownerKey", key.as_str());
    }
    fields
}

/// The options that `getOptions` of the real code gives, which are fewer for some shapes.
fn options(data: Option<&ParsedHash<'_>>) -> Value {
    let Some((data, options)) = data.and_then(|data| Some((data, data.options.as_ref()?))) else {
        return Object::new().into();
    };
    if data.grammar == Some(Grammar::Invite) {
        return Object::new().into();
    }
    if data.version == 4 {
        return defined([
            ("newPadOpts", options.new_pad.map(Value::from)),
            ("loginOpts", options.login.map(Value::from)),
        ]);
    }
    let mut fields = every_option(options);
    if data.grammar == Some(Grammar::File) {
        ["versionHash", "auditorKey"].iter().for_each(|key| drop(fields.remove(key)));
    }
    fields.into()
}
