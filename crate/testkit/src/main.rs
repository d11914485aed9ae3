//! `pinfold-testkit vectors DIR…`: runs every vector file of the folders. Prints a line per file and a last one
//! with the sums. Ends with 1 when a case failed or a file could not be read.
//!
//! `pinfold-testkit incidents DIR`: runs every recorded incident of the folder. Prints a line per incident, with each
//! difference from its manifest, and a last one with the sums. Ends with 1 when anything was missed.
//!
//! `pinfold-testkit histories FROM TO`: builds the accounts of these seeds, lets random things happen to them, and compares
//! what recovery finds with a plain replay of every state. Ends with 1 at the first difference.
//!
//! `pinfold-testkit made FROM TO`: makes the incidents of these seeds and runs them as the recorded ones. `pinfold-testkit make SEED
//! DIR` writes one.
//!
//! `pinfold-testkit long LINES SEED FILE`: writes the log of a drive of so many lines. `pinfold-testkit read-long FILE` reads
//! one with the product, and prints what it found, and the time of the processor and the memory that it needed, as JSON.
//!
//! `pinfold-testkit account … DIR`: makes an account from a seed and writes it as a server keeps it, with a
//! manifest that says what is in it. The embedded server serves `DIR/data`.
//!
//! `pinfold-testkit chains`: answers what tests in JavaScript ask on standard input, see
//! [`pinfold_testkit::chains`]. Ends with 1 at the first request that it does not understand.
//!
//! `pinfold-testkit operators DIR…`: puts recorded runs of CryptPad's own scripts through this project. Prints a line per
//! recording, with each difference from the real outcome and the rule that causes it. Ends with 1 when one has a fault.
//!
//! `pinfold-testkit generated FROM TO`: makes the small stores of these seeds, acts on each, and cuts the power before every write. Tells
//! every ten seconds how far it is, and of each fault how it is seen again. Ends with 1 when there was one.
//!
//! `pinfold-testkit store DIR [CHANNELS ACCOUNTS BLOBS CONFLICTS SEED]`: writes a store of that size. `pinfold-testkit measure DIR`
//! does an operator's work on one that was written so, each piece in a process of its own, and says what it needed; `measure DIR WORK`
//! does one piece, and says it as JSON. `pinfold-testkit ids N` plans for a store of so many ids that is nowhere on a disk.
//! `pinfold-testkit calibrate` says what a fixed piece of work needs here.
//!
//! Ends with 2 when it was called wrongly.

mod making;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use making::Making;
use pinfold_testkit::chains::Chains;
use pinfold_testkit::histories::{Tally, long, run};
use pinfold_testkit::incidents::Report as Incident;
use pinfold_testkit::operators::measure::{self, Needed, Work};
use pinfold_testkit::seeds::each;
use pinfold_testkit::vectors::{Report, run_text};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, folders)) if command == "vectors" && !folders.is_empty() => vectors(folders),
        Some((command, [folder])) if command == "incidents" => incidents(Path::new(folder)),
        Some((command, folders)) if command == "operators" && !folders.is_empty() => operators(folders),
        Some((command, [from, to])) if command == "generated" => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => generated(from, to),
            _ => usage(),
        },
        Some((command, [from, to])) if command == "made" => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => made(from, to),
            _ => usage(),
        },
        Some((command, [seed, folder])) if command == "make" => match seed.parse() {
            Ok(seed) => make(seed, Path::new(folder)),
            Err(_) => usage(),
        },
        Some((command, [from, to])) if command == "histories" => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => histories(from, to),
            _ => usage(),
        },
        Some((command, [lines, seed, file])) if command == "long" => match (lines.parse(), seed.parse()) {
            (Ok(lines), Ok(seed)) => done(write_long(lines, seed, Path::new(file))),
            _ => usage(),
        },
        Some((command, [file])) if command == "read-long" => done(read_long(Path::new(file))),
        Some((command, [hash, folder])) if command == "read-account" => {
            done(long::read_account(hash, Path::new(folder)).map(|reading| told(&reading)))
        }
        Some((command, [folder, rest @ ..])) if command == "store" => store(Path::new(folder), rest),
        Some((command, [folder])) if command == "measure" => done(measure_all(folder)),
        Some((command, [folder, work])) if command == "measure" => {
            match Work::ALL.iter().find(|(name, _)| name == work) {
                Some((name, work)) => needed(name, measure::measure(Path::new(folder), now(), *work)),
                None => usage(),
            }
        }
        Some((command, [ids])) if command == "ids" => match ids.parse() {
            Ok(ids) => needed("ids", measure::measure_ids(ids, now())),
            Err(_) => usage(),
        },
        Some((command, [])) if command == "calibrate" => {
            done(measure::calibrate().map(|seconds| println!("{seconds:.2}")))
        }
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
    eprintln!("       pinfold-testkit made FROM TO");
    eprintln!("       pinfold-testkit make SEED DIR");
    eprintln!("       pinfold-testkit histories FROM TO");
    eprintln!("       pinfold-testkit long LINES SEED FILE");
    eprintln!("       pinfold-testkit read-long FILE");
    eprintln!("       pinfold-testkit read-account USER_HASH DIR");
    eprintln!("       pinfold-testkit operators DIR...");
    eprintln!("       pinfold-testkit generated FROM TO");
    eprintln!("       pinfold-testkit store DIR [CHANNELS ACCOUNTS BLOBS CONFLICTS SEED]");
    eprintln!("       pinfold-testkit measure DIR [plan|conflicts|mark|archive|restore]");
    eprintln!("       pinfold-testkit ids N");
    eprintln!("       pinfold-testkit calibrate");
    eprintln!("       pinfold-testkit chains");
    eprintln!("       pinfold-testkit account {} DIR", making::OPTIONS);
    ExitCode::from(2)
}

fn done(result: std::io::Result<()>) -> ExitCode {
    result.map_or_else(
        |error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn write_long(lines: u64, seed: u64, file: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    long::write(lines, seed, &mut out)?;
    out.flush()
}

fn read_long(file: &Path) -> std::io::Result<()> {
    let input = std::io::BufReader::new(std::fs::File::open(file)?);
    told(&long::read(input)?);
    Ok(())
}

/// What was read, what that cost, and how much memory this process ever had.
fn told(reading: &long::Reading) {
    let long::Reading { lines, bytes, events, digest } = reading;
    let (ms, peak) = (processor_ms(), measure::peak());
    println!(
        r#"{{"lines":{lines},"bytes":{bytes},"events":{events},"digest":"{digest}","ms":{ms},"peak":{peak}}}"#
    );
}

/// The time that this process had of the processor, where the system tells it.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    // In ticks of a hundredth of a second, as every Linux has them.
    fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

fn histories(from: u64, to: u64) -> ExitCode {
    let (mut sum, mut difference) = (Tally::default(), None);
    each(from..to, run, |outcome| match outcome {
        Ok(tally) => {
            sum += tally;
            true
        }
        Err(found) => {
            difference = Some(found);
            false
        }
    });
    if let Some(difference) = difference {
        println!("{difference}");
        return ExitCode::FAILURE;
    }
    println!("{} histories: {sum:?}, no difference", to.saturating_sub(from));
    ExitCode::SUCCESS
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

fn made(from: u64, to: u64) -> ExitCode {
    let (mut found, mut bad) = (0, 0);
    each(from..to, pinfold_testkit::incidents::made::run, |outcome| {
        match outcome {
            Ok(report) => found += report.found,
            Err(difference) => {
                bad += 1;
                println!("{difference}");
            }
        }
        true
    });
    println!(
        "{} made incidents: {found} facts found, {bad} incidents with differences",
        to.saturating_sub(from)
    );
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn make(seed: u64, folder: &Path) -> ExitCode {
    match pinfold_testkit::incidents::made::make(seed, folder) {
        Ok(stories) => {
            println!("{}", stories.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn operators(folders: &[String]) -> ExitCode {
    let (mut runs, mut good) = (0, 0);
    for folder in folders {
        let found = match pinfold_testkit::operators::recordings(Path::new(folder)) {
            Ok(found) => found,
            Err(error) => {
                eprintln!("{folder}: {error}");
                return ExitCode::FAILURE;
            }
        };
        for path in found {
            runs += 1;
            match pinfold_testkit::operators::run(&path) {
                Ok(report) => {
                    good += usize::from(report.is_good());
                    println!("{report}");
                }
                Err(error) => println!("FAULT {}: {error}", path.display()),
            }
        }
    }
    println!("{runs} recordings: {good} without a fault, {} with one", runs - good);
    if runs > 0 && good == runs { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How often a long run says how far it is.
const TELL_AFTER: Duration = Duration::from_secs(10);

fn generated(from: u64, to: u64) -> ExitCode {
    let (mut cuts, mut faults) = (0_u64, 0);
    let mut told = Instant::now();
    for seed in from..to {
        match pinfold_testkit::operators::generated::check(seed) {
            Ok(tried) => cuts += u64::from(tried),
            Err(fault) => {
                faults += 1;
                println!("FAULT {fault}\n  again: pinfold-testkit generated {seed} {}", seed + 1);
            }
        }
        if told.elapsed() > TELL_AFTER {
            told = Instant::now();
            eprintln!("{} of {} stores, {cuts} cuts, {faults} with a fault", seed + 1 - from, to - from);
        }
    }
    println!("{} stores, {cuts} cuts, {faults} with a fault", to.saturating_sub(from));
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(0)
}

fn store(folder: &Path, numbers: &[String]) -> ExitCode {
    let number = |at: usize, usual: u64| numbers.get(at).map_or(Ok(usual), |text| text.parse::<u64>());
    let size = (|| {
        Ok::<_, std::num::ParseIntError>(pinfold_testkit::operators::store::Size {
            channels: number(0, 200_000)?,
            accounts: number(1, 5_000)?,
            blobs: number(2, 10_000)?,
            unpinned: 252,
            conflicts: number(3, 237)?,
            seed: number(4, 1)?,
        })
    })();
    let Ok(size) = size else { return usage() };
    match pinfold_testkit::operators::store::make(folder, size, now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn needed(what: &str, needed: Result<Needed, String>) -> ExitCode {
    match needed {
        Ok(Needed { count, seconds, peak }) => {
            println!(r#"{{"what":"{what}","count":{count},"seconds":{seconds:.2},"peak":{peak}}}"#);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{what}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all(folder: &str) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    for (name, _) in Work::ALL {
        let done = std::process::Command::new(&program).args(["measure", folder, name]).status()?;
        if !done.success() {
            return Err(std::io::Error::other(format!("{name} did not end well")));
        }
    }
    Ok(())
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
