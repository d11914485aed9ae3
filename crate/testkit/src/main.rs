//! `pinfold-testkit vectors DIR…`: runs every vector file of the folders. Prints a line per file and a last one
//! with the sums. Ends with 1 when a case failed or a file could not be read.
//!
//! `pinfold-testkit incidents DIR`: runs every recorded incident of the folder. Prints a line per incident, with each
//! difference from its manifest, and a last one with the sums. Ends with 1 when anything was missed.
//!
//! `pinfold-testkit account … DIR`: makes an account from a seed and writes it as a server keeps it, with a
//! manifest that says what is in it. The embedded server serves `DIR/data`.
//!
//! `pinfold-testkit chains`: answers what tests in JavaScript ask on standard input, see
//! [`pinfold_testkit::chains`]. Ends with 1 at the first request that it does not understand.
//!
//! Ends with 2 when it was called wrongly.

mod making;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use making::Making;
use pinfold_testkit::chains::Chains;
use pinfold_testkit::incidents::Report as Incident;
use pinfold_testkit::vectors::{Report, run_text};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, folders)) if command == "vectors" && !folders.is_empty() => vectors(folders),
        Some((command, [folder])) if command == "incidents" => incidents(Path::new(folder)),
        Some((command, [])) if command == "chains" => chains().unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        }),
        Some((command, rest)) if command == "account" => match Making::parse(rest) {
            Some(making) => making.run(),
            None => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: pinfold-testkit vectors DIR...");
    eprintln!("       pinfold-testkit incidents DIR");
    eprintln!("       pinfold-testkit chains");
    eprintln!("       pinfold-testkit account {} DIR", making::OPTIONS);
    ExitCode::from(2)
}

fn chains() -> std::io::Result<ExitCode> {
    let mut chains = Chains::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lines() {
        let answer = chains.answer(&line?).map_err(std::io::Error::other)?;
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn incidents(folder: &Path) -> ExitCode {
    let reports = match pinfold_testkit::incidents::run_all(folder) {
        Ok(reports) => reports,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    reports.iter().for_each(|report| println!("{report}"));
    let sum = |count: fn(&Incident) -> usize| reports.iter().map(count).sum::<usize>();
    println!(
        "{} incidents: {} facts found, {} missed, {} false alarms, {} not scored",
        reports.len(),
        sum(|report| report.found),
        sum(|report| report.missed.len()),
        sum(|report| report.false_alarms.len()),
        sum(|report| report.not_scored.len()),
    );
    let good = !reports.is_empty() && reports.iter().all(Incident::is_good);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn vectors(folders: &[String]) -> ExitCode {
    let mut reports: Vec<Report> = Vec::new();
    let mut empty = false;
    for folder in folders {
        let files = match vector_files(Path::new(folder)) {
            Ok(files) => files,
            Err(error) => {
                eprintln!("{folder}: {error}");
                return ExitCode::FAILURE;
            }
        };
        empty |= files.is_empty();
        if folders.len() > 1 {
            println!("{folder}:");
        }
        for path in files {
            let report = run_file(&path);
            println!("{report}");
            reports.push(report);
        }
    }
    let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    println!(
        "{} files, {} cases: {} passed, {} failed, {} not supported, {} files unreadable",
        reports.len(),
        sum(|report| report.cases),
        sum(|report| report.passed),
        sum(|report| report.failed.len()),
        sum(|report| report.not_supported.len()),
        sum(|report| usize::from(report.unreadable.is_some())),
    );
    if empty || !reports.iter().all(Report::is_good) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn vector_files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

fn run_file(path: &Path) -> Report {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match std::fs::read_to_string(path) {
        Ok(text) => run_text(&stem, &text),
        Err(error) => Report::unreadable(&stem, error),
    }
}
