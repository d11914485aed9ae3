//! The preflight report as one HTML file: no script, nothing loaded from elsewhere, readable on a telephone and on paper.

use crate::preflight::{Part, Preflight, Sum};
use crate::when::{date, moment};
use crate::words::{doubtful, odd, waits};
use std::fmt::Write as _;

/// Adds to a text. Writing to a text cannot fail.
macro_rules! put {
    ($to:expr, $($arguments:tt)*) => {{ let _ = write!($to, $($arguments)*); }};
}

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b2430;--dim:#5b6776;--line:#d5dbe3;--bar:#2f6f9f;--warn:#a4421d;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--dim:#9aa7b6;--line:#38434f;--bar:#6fb1e0;--warn:#f0946b;--paper:#14191f}}
*{box-sizing:border-box}body{margin:0 auto;max-width:58rem;padding:1rem;font:1rem/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}p{margin:.3rem 0}.dim{color:var(--dim)}.warn{color:var(--warn);font-weight:600}
.big{display:flex;flex-wrap:wrap;gap:.6rem}.big div{flex:1 1 9rem;border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}.big b{display:block;font-size:1.35rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap}
code{overflow-wrap:anywhere;font-size:.85rem}.pics{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:0 1.5rem}
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .dim{fill:var(--dim)}svg rect{fill:var(--bar)}svg rect.off{fill:var(--warn)}
@media print{:root{--ink:#000;--dim:#444;--line:#999;--bar:#555;--warn:#000;--paper:#fff}body{max-width:none;font-size:10pt}section,.big div{break-inside:avoid}}
";

/// The whole page.
pub fn page(report: &Preflight) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\"><title>Preflight {day}</title><style>{STYLE}</style><h1>Before you free disk space</h1><p class=dim>Looked at {when} UTC. Nothing was changed.</p>",
        day = date(report.made),
        when = moment(report.made),
    );
    for refusal in &report.refusals {
        put!(html, "<p class=warn>No run would begin: {}</p>", escape(refusal));
    }
    html.push_str("<div class=big>");
    let mut card = |name: &str, value: String, note: String| {
        put!(html, "<div>{name}<b>{value}</b><span class=dim>{note}</span></div>");
    };
    card(
        "Could go now",
        bytes(report.could_go.bytes),
        format!("{} documents", number(report.could_go.count)),
    );
    let waiting: (u64, u64) = report.waits.values().fold((0, 0), |(n, b), (ids, bytes)| (n + ids, b + bytes));
    card("Waits", bytes(waiting.1), format!("{} documents", number(waiting.0)));
    let stays: (u64, u64) = report.stays.values().fold((0, 0), |(n, b), (ids, bytes)| (n + ids, b + bytes));
    card("Stays", bytes(stays.1), format!("{} documents", number(stays.0)));
    if let Some(free) = report.free {
        card(
            "Free on the disk",
            bytes(free),
            report.trend.as_ref().and_then(|trend| trend.full_in_days).map_or_else(
                || "no forecast yet".into(),
                |days| format!("full in {days:.0} days at this rate"),
            ),
        );
    }
    html.push_str("</div><div class=pics>");
    put!(html, "{}", bars("What there is", &report.kinds));
    put!(html, "{}", bars("What could go now", &report.could_go_kinds));
    put!(html, "{}", bars("What could go now, by its last change", &report.could_go_ages));
    put!(html, "{}", bars("Documents by their last change", &report.ages));
    put!(html, "{}", bars("Documents by size", &report.sizes));
    put!(html, "{}", bars("Accounts by the last line of their pin logs", &report.visits));
    html.push_str("</div>");
    put!(html, "{}", months(report));
    html.push_str(
        "<section><h2>What waits, and for what</h2><table><tr><th>For<th class=n>Documents<th class=n>Bytes",
    );
    for (wait, (ids, size)) in &report.waits {
        put!(html, "<tr><td>{}<td class=n>{}<td class=n>{}", waits(wait), number(*ids), bytes(*size));
    }
    html.push_str("</table></section><section><h2>What stays, and why</h2><table><tr><th>Because<th class=n>Documents<th class=n>Bytes");
    for (reason, (ids, size)) in &report.stays {
        put!(html, "<tr><td>{}<td class=n>{}<td class=n>{}", reason.words(), number(*ids), bytes(*size));
    }
    html.push_str("</table></section>");
    if !report.doubts.is_empty() {
        put!(
            html,
            "<section><h2>Doubtful pin logs: {}</h2><table><tr><th>Account<th>What is odd<th class=n>Protects",
            report.doubts.len()
        );
        for doubt in report.doubts.iter().take(50) {
            let why = doubtful(&doubt.why, doubt.old_team);
            put!(
                html,
                "<tr><td><code>{}</code><td>{}<td class=n>{}",
                doubt.key,
                escape(&why),
                number(doubt.protects)
            );
        }
        html.push_str("</table></section>");
    }
    if !report.work_list.is_empty() {
        put!(
            html,
            "<section><h2>Accounts that documents wait for: {}</h2><p>Each of these named a document once that nobody pins now. It goes only after the account reported, or with your consent. Nobody reports for a team.</p><table><tr><th>Account<th class=n>Documents<th class=n>Bytes",
            report.work_list.len()
        );
        for (key, sum) in report.work_list.iter().take(50) {
            put!(
                html,
                "<tr><td><code>{key}</code>{}<td class=n>{}<td class=n>{}",
                if report.teams.contains(key) { ", a team" } else { "" },
                number(sum.count),
                bytes(sum.bytes)
            );
        }
        html.push_str("</table></section>");
    }
    put!(html, "<section><h2>Odd names: {}</h2><table>", report.findings.len());
    for finding in report.findings.iter().take(100) {
        let path = finding.path.to_string_lossy();
        put!(html, "<tr><td>{}<td><code>{}</code>", odd(finding.what), escape(&path));
    }
    html.push_str("</table></section>");
    if report.bursts > 0 {
        put!(
            html,
            "<p class=warn>{} accounts had several documents taken off within ten seconds: look at <code>pinfold-operator audit</code> before you go on.</p>",
            report.bursts
        );
    }
    html.push_str("</html>\n");
    html
}

fn bars(title: &str, parts: &[Part]) -> String {
    let most = parts.iter().map(|part| part.sum.bytes).max().unwrap_or(0).max(1) as f64;
    let height = parts.len() * 34 + 2;
    let mut svg = format!(
        "<section><h2>{title}</h2><svg viewBox=\"0 0 320 {height}\" role=img aria-label=\"{title}\">"
    );
    for (row, Part { name, sum: Sum { count, bytes: size } }) in parts.iter().enumerate() {
        let (y, width) = (row * 34, (*size as f64 / most * 318.0).max(if *count > 0 { 1.0 } else { 0.0 }));
        put!(
            svg,
            "<text x=0 y={}>{name}</text><text class=dim x=320 y={} text-anchor=end>{} &#183; {}</text><rect x=0 y={} width={width:.1} height=10 rx=2 />",
            y + 12,
            y + 12,
            number(*count),
            bytes(*size),
            y + 17
        );
    }
    svg.push_str("</svg></section>");
    svg
}

fn months(report: &Preflight) -> String {
    if report.pins.is_empty() {
        return String::new();
    }
    let most =
        report.pins.iter().map(|month| month.added.max(month.removed)).max().unwrap_or(0).max(1) as f64;
    let step = 640.0 / report.pins.len() as f64;
    let mut svg = "<section><h2>Pins over time</h2><p class=dim>Each pair is thirty days: pins that came, and pins that went.</p><svg viewBox=\"0 0 640 150\" role=img aria-label=\"Pins over time\">".to_owned();
    for (n, month) in report.pins.iter().enumerate() {
        let x = n as f64 * step;
        for (value, class, at) in [(month.added, "", 0.05), (month.removed, "off", 0.5)] {
            let height = value as f64 / most * 110.0;
            put!(
                svg,
                "<rect class=\"{class}\" x={:.1} y={:.1} width={:.1} height={height:.1}><title>{}: {value}</title></rect>",
                x + step * at,
                120.0 - height,
                step * 0.42,
                date(month.from)
            );
        }
        if n == 0 || n + 1 == report.pins.len() {
            let (x, anchor) = if n == 0 { (0.0, "start") } else { (640.0, "end") };
            put!(svg, "<text class=dim x={x} y=138 text-anchor={anchor}>{}</text>", date(month.from));
        }
    }
    put!(svg, "</svg><p class=dim>The highest is {}.</p></section>", number(most as u64));
    svg
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KB", "MB", "GB", "TB"] {
        if value < 1000.0 || unit == "TB" {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    String::new()
}

/// A number with its thousands apart.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!((number(0), number(1234567)), ("0".into(), "1\u{202f}234\u{202f}567".into()));
        assert_eq!(
            (bytes(999), bytes(1500), bytes(2_000_000_000_000_000)),
            ("999 B".into(), "1.5 KB".into(), "2000.0 TB".into())
        );
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
