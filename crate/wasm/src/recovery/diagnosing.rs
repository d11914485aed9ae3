//! Is everything there? The drives as they are now, what the server says of each thing they name, and the signed report.

use std::rc::Rc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use js_sys::Function;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::report::{Change, Difference, Report, Signed};
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Answer, Outcome, Question, TeamEntry};
use pinfold_recovery::{Care, Diagnosis, Found, NoticeFile};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::Awaited;
use super::living::load;
use super::reading::{Past, code_of};
use crate::engine::Engine;
use crate::error::to_js;
use crate::plain::js;

/// How many questions wait for an answer at a time: half of what a session allows.
pub(super) const AT_ONCE: usize = 8;

#[derive(Serialize)]
struct Progress {
    answered: usize,
    asked: usize,
}

#[derive(Serialize)]
struct Finding {
    problem: &'static str,
    id: Option<String>,
    document: Option<String>,
    state: Option<&'static str>,
    count: Option<u64>,
    since: Option<u64>,
    title: Option<String>,
}

#[derive(Serialize)]
struct List {
    key: String,
    count: u64,
    digest: String,
    server: Option<String>,
    confirmed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    complete: bool,
    findings: Vec<Finding>,
    lists: Vec<List>,
    rows: usize,
    begun: u64,
    made: u64,
    /// The signed report, to be kept.
    report: String,
}

/// What there is to look at, and who hears of it.
pub(super) struct Asking {
    pub(super) origin: String,
    pub(super) quick: bool,
    pub(super) titles: bool,
    /// The person agreed that the operator is told.
    pub(super) tell: bool,
    /// What an operator tells; without a notice, nothing.
    pub(super) notice: NoticeFile,
    pub(super) progress: Option<Function>,
    pub(super) signal: Option<AbortSignal>,
}

/// Looks, asks, and has the report signed.
pub(super) async fn diagnose(
    engine: &Rc<Engine>,
    histories: Option<Rc<Past>>,
    asking: Asking,
) -> Awaited<JsValue> {
    let begun = engine.now().0;
    let signal = asking.signal.as_ref();
    let mut diagnosis = Diagnosis::new(if asking.quick { Care::Quick } else { Care::Whole });
    let drive = load(engine, signal, |session, now| session.load_drive(now)).await?;
    planned(engine, &mut diagnosis, &drive);
    for TeamEntry { id, .. } in engine.with_session(Session::teams) {
        match load(engine, signal, move |session, now| session.load_team(now, &id)).await {
            Ok(team) => planned(engine, &mut diagnosis, &team),
            Err(error) => match code(&error).filter(|code| code.as_str().starts_with("team/")) {
                Some(code) => diagnosis.team_unread(code),
                None => return Err(error),
            },
        }
    }
    for mailbox in engine.with_session(Session::mailboxes) {
        diagnosis.mailbox(&mailbox);
    }
    engine.with_session(|session| diagnosis.vault(session.vault()));
    if let Some(histories) = histories {
        diagnosis.histories(&histories.investigation.borrow());
    }
    diagnosis.noticed(&asking.notice);
    ask(engine, &mut diagnosis, &asking).await?;
    let report = diagnosis.report(&asking.origin, begun, engine.now().0).map_err(|error| to_js(&error))?;
    let signed = engine.with_session(|session| session.sign_report(report)).map_err(|error| to_js(&error))?;
    if asking.tell && signed.report().complete {
        tell(engine, signed.report(), asking.signal.clone()).await?;
    }
    Ok(js(&told(&diagnosis, &signed, asking.titles)))
}

fn planned(engine: &Rc<Engine>, diagnosis: &mut Diagnosis, drive: &Drive) {
    let named = drive.additions();
    let now = engine.now();
    let plan = engine.with_session(|session| session.plan(now, named.owner(), &named.seen()));
    diagnosis.drive(drive, &plan);
}

/// Tells the operator without rows and findings: they concern nobody but the user.
async fn tell(engine: &Rc<Engine>, report: &Report, signal: Option<AbortSignal>) -> Awaited<()> {
    let told = Report { findings: Vec::new(), ..report.without_rows() };
    let signed = engine.with_session(|session| session.sign_report(told)).map_err(|error| to_js(&error))?;
    let start = Box::new(move |session: &mut Session, now| session.tell_operator(now, &signed));
    engine.run(signal, start).await.map(drop)
}

async fn ask(engine: &Rc<Engine>, diagnosis: &mut Diagnosis, asking: &Asking) -> Awaited<()> {
    let mut waiting = FuturesUnordered::new();
    loop {
        for asked in diagnosis.next(AT_ONCE - waiting.len()) {
            waiting.push(async move {
                let answer = one(engine, asked.question.clone(), asking.signal.clone()).await;
                (asked, answer)
            });
        }
        // One slow answer keeps no other question waiting.
        let Some((asked, answer)) = waiting.next().await else { return Ok(()) };
        let answer = match answer {
            Ok(answer) => Ok(answer),
            Err(error) => {
                Err(code(&error).map(|code| Error::new(code, "a question was not answered")).ok_or(error)?)
            }
        };
        diagnosis.answer(&asked, answer).map_err(|error| to_js(&error))?;
        let (answered, asked) = diagnosis.progress();
        if let Some(listener) = &asking.progress {
            // A listener that throws is the caller's affair.
            let _ = listener.call1(&JsValue::UNDEFINED, &js(&Progress { answered, asked }));
        }
    }
}

pub(super) async fn one(
    engine: &Rc<Engine>,
    question: Question,
    signal: Option<AbortSignal>,
) -> Awaited<Answer> {
    let start = Box::new(move |session: &mut Session, now| session.question(now, &question));
    match engine.run(signal, start).await? {
        Outcome::Answered(answer) => Ok(answer),
        _ => Err(to_js(&Error::new(Code::Internal, "an operation ended as another one"))),
    }
}

/// The code of an error that is ours; the reason of a signal has none.
fn code(error: &JsValue) -> Option<Code> {
    code_of(error)?.parse().ok()
}

fn told(diagnosis: &Diagnosis, signed: &Signed, titles: bool) -> Told {
    let report = signed.report();
    let finding = |found: Found| Finding {
        problem: found.problem.as_str(),
        id: found.id,
        document: found.inside,
        state: found.state,
        count: found.count,
        since: found.since,
        title: found.title.filter(|_| titles).map(|title| title.to_string_lossy().into_owned()),
    };
    Told {
        complete: report.complete,
        findings: diagnosis.findings().into_iter().map(finding).collect(),
        lists: lists(report),
        rows: report.rows.as_ref().map_or(0, Vec::len),
        begun: report.begun,
        made: report.made,
        report: signed.to_json(),
    }
}

fn lists(report: &Report) -> Vec<List> {
    let list = |list: &pinfold_core::report::List| List {
        key: list.key.clone(),
        count: list.count,
        digest: list.digest.clone(),
        server: list.server.clone(),
        confirmed: list.confirmed,
    };
    report.lists.iter().map(list).collect()
}

#[derive(Serialize)]
struct Changed {
    fate: &'static str,
    id: String,
    kind: &'static str,
    was: Option<&'static str>,
    is: Option<&'static str>,
}

#[derive(Serialize)]
struct Compared {
    since: u64,
    until: u64,
    same: usize,
    changes: Vec<Changed>,
}

/// Two signed reports of one account: what is no longer there, and between which two times it went.
///
/// # Errors
/// `misuse/bad-argument`, `crypto/malformed`, `crypto/signature`.
#[wasm_bindgen(js_name = compareReports, unchecked_return_type = "ReportDifference")]
pub fn compare_reports(one: &str, other: &str) -> Result<JsValue, JsValue> {
    let read = |json: &str| Signed::read(json).map_err(|error| to_js(&error));
    let difference = Difference::of(read(one)?.report(), read(other)?.report());
    let Difference { since, until, same, changes } = difference.map_err(|error| to_js(&error))?;
    let changed = |change: Change| Changed {
        fate: change.fate.as_str(),
        id: change.id,
        kind: change.kind.as_str(),
        was: change.was.map(|state| state.as_str()),
        is: change.is.map(|state| state.as_str()),
    };
    Ok(js(&Compared { since, until, same, changes: changes.into_iter().map(changed).collect() }))
}
