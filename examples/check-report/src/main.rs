//! Checks a completeness report of pinfold offline: `check-report FILE [ACCOUNT]`.
//!
//! None of pinfold's code is used, on purpose: what is checked here was written down in `docs/reports.md`, and can be written
//! again in an afternoon. It rebuilds the text that was signed from the JSON, and checks the signature over it.
//!
//! Exit codes: 0 it was signed by the account it names (and by ACCOUNT, if that is given); 1 it was not, or is no report.

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;
use std::process::ExitCode;

const FIRST_LINE: &str = "pinfold completeness report, version 1";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, account @ ..] = arguments.as_slice() else {
        eprintln!("check-report FILE [ACCOUNT]");
        return ExitCode::FAILURE;
    };
    match check(path, account.first().map(String::as_str)) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("not a valid report: {why}");
            ExitCode::FAILURE
        }
    }
}

fn check(path: &str, account: Option<&str>) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if word(&report, "type")? != "pinfold-completeness" || whole(&report, "version")? != 1 {
        return Err("another kind of file, or another version".into());
    }
    let named = word(&report, "account")?;
    if account.is_some_and(|account| account != named) {
        return Err(format!("it is of another account: {named}"));
    }
    let key = VerifyingKey::from_bytes(&bytes(named)?).map_err(|error| error.to_string())?;
    let signature = Signature::from_bytes(&bytes(word(&report, "signature")?)?);
    key.verify_strict(signed_text(&report)?.as_bytes(), &signature)
        .map_err(|_| "it was not signed so by its account".to_owned())?;
    let complete = if yes(&report, "complete")? == "yes" { "complete" } else { "NOT complete" };
    let rows = report.get("rows").and_then(Value::as_array);
    let rows = rows.map_or_else(|| "withheld".into(), |rows| rows.len().to_string());
    Ok(format!(
        "signed by {named}\nmade {} at {}\n{complete}, {rows} rows",
        whole(&report, "made")?,
        word(&report, "origin")?
    ))
}

/// The text that was signed, line by line as `docs/reports.md` says.
fn signed_text(report: &Value) -> Result<String, String> {
    let mut lines = vec![FIRST_LINE.to_owned()];
    lines.push(format!("account {}", word(report, "account")?));
    lines.push(format!("origin {}", word(report, "origin")?));
    lines.push(format!("begun {}", whole(report, "begun")?));
    lines.push(format!("made {}", whole(report, "made")?));
    lines.push(format!("complete {}", yes(report, "complete")?));
    for list in rows(report, "lists")? {
        lines.push(format!(
            "list {} {} {} {} {}",
            word(list, "key")?,
            whole(list, "count")?,
            word(list, "digest")?,
            maybe(list, "server", |list, name| word(list, name).map(str::to_owned))?,
            yes(list, "confirmed")?,
        ));
    }
    for finding in rows(report, "findings")? {
        lines.push(format!("finding {} {}", word(finding, "name")?, whole(finding, "count")?));
    }
    if report.get("rows") == Some(&Value::Null) {
        lines.push("rows withheld".into());
    } else {
        let rows = rows(report, "rows")?;
        let mut last = "";
        for row in rows {
            let id = word(row, "id")?;
            // Each once, in order: otherwise two readers could see two reports in one.
            if id <= last {
                return Err("its rows are not in order".into());
            }
            last = id;
            lines.push(format!(
                "row {id} {} {} {} {}",
                word(row, "kind")?,
                word(row, "state")?,
                maybe(row, "head", |row, name| word(row, name).map(str::to_owned))?,
                maybe(row, "time", |row, name| whole(row, name).map(|time| time.to_string()))?,
            ));
        }
        lines.push(format!("rows {}", rows.len()));
    }
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// A word: visible ASCII, and not `-`, which stands for none. Nothing else may be in the signed text.
fn word<'r>(of: &'r Value, name: &str) -> Result<&'r str, String> {
    let word = of.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_word =
        word != "-" && (1..=400).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic());
    if is_word { Ok(word) } else { Err(format!("{name} is no word")) }
}

fn whole(of: &Value, name: &str) -> Result<u64, String> {
    of.get(name).and_then(Value::as_u64).ok_or_else(|| format!("{name} is no whole number"))
}

fn yes(of: &Value, name: &str) -> Result<&'static str, String> {
    let yes =
        of.get(name).and_then(Value::as_bool).ok_or_else(|| format!("{name} is neither true nor false"))?;
    Ok(if yes { "yes" } else { "no" })
}

fn rows<'r>(of: &'r Value, name: &str) -> Result<&'r Vec<Value>, String> {
    of.get(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is no list"))
}

fn maybe(
    of: &Value,
    name: &str,
    read: impl Fn(&Value, &str) -> Result<String, String>,
) -> Result<String, String> {
    match of.get(name) {
        Some(Value::Null) => Ok("-".into()),
        _ => read(of, name),
    }
}

/// So many bytes of standard base64.
fn bytes<const N: usize>(base64: &str) -> Result<[u8; N], String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = base64.trim_end_matches('=').bytes();
    let (mut bits, mut count, mut found) = (0_u32, 0, Vec::new());
    for digit in digits {
        let value =
            ALPHABET.iter().position(|known| *known == digit).ok_or("a key or signature is no base64")?;
        bits = (bits << 6) | u32::try_from(value).unwrap_or_default();
        count += 6;
        if count >= 8 {
            count -= 8;
            found.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    found.try_into().map_err(|_| "a key or signature has another length".to_owned())
}
