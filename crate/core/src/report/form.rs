//! A report as JSON (`docs/reports.md`): how it is kept and passed on. What is signed is made of it, and is not it.

use super::{BYTES, Count, DOCUMENTS, List, ROWS, Report, Row, Signed, VERSION, malformed, verify};
use crate::error::{Code, Error};
use crate::json::{Object, Text, Value, stringify, write_string};

/// What the field `type` says.
const TYPE: &str = "pinfold-completeness";

impl Signed {
    /// The report as JSON. Its rows stand on lines of their own.
    pub fn to_json(&self) -> String {
        let Report { account, origin, begun, made, complete, lists, findings, rows } = &self.report;
        let mut head = Object::new();
        head.insert("type", TYPE);
        head.insert("version", number(VERSION));
        head.insert("account", account.as_str());
        head.insert("origin", origin.as_str());
        head.insert("begun", number(*begun));
        head.insert("made", number(*made));
        head.insert("complete", *complete);
        head.insert("lists", lists.iter().map(written_list).collect::<Vec<_>>());
        head.insert("findings", findings.iter().map(written_finding).collect::<Vec<_>>());
        let mut json = stringify(&Value::Object(head));
        json.pop();
        json.push_str(",\n\"rows\":");
        match rows {
            Some(rows) => write_rows(rows, &mut json),
            None => json.push_str("null"),
        }
        json.push_str(",\n\"signature\":");
        write_string(&Text::from(self.signature.as_str()), &mut json);
        json.push_str("}\n");
        json
    }

    /// Reads a report and checks its signature. It says nothing about whose account it should be.
    ///
    /// # Errors
    /// `misuse/bad-argument` if it is not a report of this version, `crypto/malformed` if its key is damaged,
    /// `crypto/signature` when it is not signed by the account it names.
    pub fn read(json: &str) -> Result<Self, Error> {
        if json.len() > BYTES {
            return Err(malformed("the report is too long"));
        }
        let read = Value::parse(json).map_err(|_| malformed("not a completeness report"))?;
        if text(&read, "type")? != TYPE {
            return Err(malformed("not a completeness report"));
        }
        let version = whole(&read, "version")?;
        if version != VERSION {
            let other = Error::new(Code::MisuseBadArgument, "a report of another version");
            return Err(other.with("version", version));
        }
        let rows = match read.get("rows") {
            Some(Value::Null) => None,
            _ => Some(list(&read, "rows", DOCUMENTS, row)?),
        };
        let report = Report {
            account: text(&read, "account")?,
            origin: text(&read, "origin")?,
            begun: whole(&read, "begun")?,
            made: whole(&read, "made")?,
            complete: yes(&read, "complete")?,
            lists: list(&read, "lists", ROWS, |list| {
                Ok(List {
                    key: text(list, "key")?,
                    count: whole(list, "count")?,
                    digest: text(list, "digest")?,
                    server: maybe(list, "server", text)?,
                    confirmed: yes(list, "confirmed")?,
                })
            })?,
            findings: list(&read, "findings", ROWS, |finding| {
                Ok(Count { name: text(finding, "name")?, count: whole(finding, "count")? })
            })?,
            rows,
        };
        let signature = text(&read, "signature")?;
        verify(&report, &signature)?;
        Ok(Self { report, signature })
    }
}

fn row(row: &Value) -> Result<Row, Error> {
    let unknown = || malformed("a row of the report has a kind or a state that is not known");
    Ok(Row {
        id: text(row, "id")?,
        kind: text(row, "kind")?.parse().map_err(|_| unknown())?,
        state: text(row, "state")?.parse().map_err(|_| unknown())?,
        head: maybe(row, "head", text)?,
        time: maybe(row, "time", whole)?,
    })
}

fn written_list(list: &List) -> Value {
    let mut written = Object::new();
    written.insert("key", list.key.as_str());
    written.insert("count", number(list.count));
    written.insert("digest", list.digest.as_str());
    written.insert("server", list.server.as_deref().map_or(Value::Null, Value::from));
    written.insert("confirmed", list.confirmed);
    Value::Object(written)
}

fn written_finding(finding: &Count) -> Value {
    let mut written = Object::new();
    written.insert("name", finding.name.as_str());
    written.insert("count", number(finding.count));
    Value::Object(written)
}

fn write_rows(rows: &[Row], json: &mut String) {
    json.push('[');
    let mut comma = "\n";
    for Row { id, kind, state, head, time } in rows {
        let mut row = Object::new();
        row.insert("id", id.as_str());
        row.insert("kind", kind.as_str());
        row.insert("state", state.as_str());
        row.insert("head", head.as_deref().map_or(Value::Null, Value::from));
        row.insert("time", time.map_or(Value::Null, number));
        json.push_str(comma);
        json.push_str(&stringify(&Value::Object(row)));
        comma = ",\n";
    }
    json.push(']');
}

#[allow(clippy::cast_precision_loss, reason = "times and counts are far below 2^53")]
fn number(whole: u64) -> Value {
    Value::from(whole as f64)
}

fn field<'v>(of: &'v Value, name: &'static str) -> Result<&'v Value, Error> {
    of.get(name).ok_or_else(|| malformed("the report lacks a field").with("field", name))
}

fn text(of: &Value, name: &'static str) -> Result<String, Error> {
    let text = field(of, name)?.as_str().map(str::to_owned);
    text.ok_or_else(|| malformed("a field of the report is no text").with("field", name))
}

fn whole(of: &Value, name: &'static str) -> Result<u64, Error> {
    let whole = field(of, name)?.as_u64();
    whole.ok_or_else(|| malformed("a field of the report is no whole number").with("field", name))
}

fn yes(of: &Value, name: &'static str) -> Result<bool, Error> {
    let yes = field(of, name)?.as_bool();
    yes.ok_or_else(|| malformed("a field of the report is neither true nor false").with("field", name))
}

fn maybe<T>(
    of: &Value,
    name: &'static str,
    read: fn(&Value, &'static str) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if field(of, name)?.is_null() { Ok(None) } else { read(of, name).map(Some) }
}

fn list<T>(
    of: &Value,
    name: &'static str,
    most: usize,
    read: impl Fn(&Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let rows = field(of, name)?.as_array();
    let rows = rows.ok_or_else(|| malformed("a field of the report is no list").with("field", name))?;
    if rows.len() > most {
        return Err(malformed("the report has too many rows"));
    }
    rows.iter().map(read).collect()
}
