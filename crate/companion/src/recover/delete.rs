//! `delete`: what a deletion comes to, and carrying exactly that out. Without `--run` nothing is written.

mod print;
mod warnings;

use std::process::ExitCode;

use pinfold_core::document::{Branch, Shape, Tables};
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::{ChannelId, PinId};
use pinfold_core::json::Text;
use pinfold_recovery::delete::{Refused, content_of};
use pinfold_recovery::{Action, DeletePlan, Holder, Pick, View};

use super::Account;
use super::live::Live;
use crate::sync::secrets;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  the plan is told; with --run it was carried out
  1  failed: the error is printed with its code; running again goes on where it stopped
  2  the command line cannot be carried out
  3  nothing was changed: it comes to something else by now, or the person has to be asked first";

/// What `delete` can be told.
///
/// Reads the account's drive, its teams and its shared folders, and says of each document that the deletion reaches what becomes of it.
/// The plan has a digest; `--run` with that digest carries out exactly this plan, and nothing if it comes to anything else by now.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = clap::ArgGroup::new("selected").args(["id", "folder"]).multiple(true))]
pub(crate) struct Args {
    #[command(flatten)]
    account: Account,
    /// Where it stands: the channel of a team or a shared folder [default: the account's own drive]
    #[arg(long = "in", value_name = "CHANNEL")]
    within: Option<String>,
    /// What is deleted there, by its channel: every place where it stands in that document. May be given more than once
    #[arg(long, value_name = "CHANNEL")]
    id: Vec<String>,
    /// A plain folder there with all that is in it: its names, with `/` between them. May be given more than once
    #[arg(long, value_name = "PATH")]
    folder: Vec<String>,
    /// What was selected is in the trash
    #[arg(long)]
    trash: bool,
    /// What was selected are hits of a search: no folder around them is touched
    #[arg(long)]
    search: bool,
    /// What is done: `trash`, `remove`, or `destroy` (for everybody, and only what the account owns)
    #[arg(long, value_name = "ACTION", default_value_t = Action::Trash, value_parser = action)]
    action: Action,
    /// Tell the plan and its digest, and change nothing: also without this, as long as there is no --run
    #[arg(long, conflicts_with = "run")]
    plan: bool,
    /// Carry out the plan of this digest; `unasked` where nobody has to be asked
    #[arg(long, value_name = "DIGEST")]
    run: Option<String>,
    /// Asked once more, the person still wants it: the same digest, where something is destroyed
    #[arg(long, value_name = "DIGEST", requires = "run")]
    again: Option<String>,
    /// From now on do not ask about more than one document, for this action; kept in --state. Never for `destroy`
    #[arg(long, value_name = "ACTION", value_parser = action, requires = "state")]
    warn_no_more: Option<Action>,
    /// Ask again
    #[arg(long, value_name = "ACTION", value_parser = action, requires = "state", conflicts_with = "warn_no_more")]
    warn: Option<Action>,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

/// The word for a plan about which nobody has to be asked.
const UNASKED: &str = "unasked";

fn action(name: &str) -> Result<Action, String> {
    let names = || Action::ALL.map(Action::as_str).join(", ");
    name.parse().map_err(|_| format!("one of {}", names()))
}

pub(crate) async fn run(args: Args) -> ExitCode {
    super::ended(steps(&args).await)
}

/// How many refusals there were.
async fn steps(args: &Args) -> Result<usize, Error> {
    let warnings = warnings::kept(args.account.state.as_deref(), args.warn_no_more, args.warn)?;
    if args.id.is_empty() && args.folder.is_empty() {
        if args.warn_no_more.is_some() || args.warn.is_some() {
            return Ok(0);
        }
        let missing = "nothing is selected: --id or --folder says what";
        return Err(Error::new(Code::MisuseBadArgument, missing));
    }
    let password = secrets::password_for(&args.account.user, &args.account.origin)?;
    let mut live = Live::open_to_delete(&args.account, &password).await?;
    let done = planned(args, &mut live, &warnings).await;
    live.close().await;
    let (told, refused) = done?;
    told.print(args.account.json);
    Ok(usize::from(refused.is_some()))
}

async fn planned(
    args: &Args,
    live: &mut Live,
    warnings: &pinfold_recovery::delete::Warnings,
) -> Result<(print::Told, Option<Refused>), Error> {
    let titles = args.titles || (!args.account.json && std::io::IsTerminal::is_terminal(&std::io::stdout()));
    let (plan, channels, mut told) = {
        let holders = holders(live, args.action);
        let plan = plan(args, live, &holders)?;
        let told = print::Told::of(&plan, &holders, warnings, titles);
        let channels: Vec<String> = holders.iter().map(|holder| holder.channel.to_owned()).collect();
        (plan, channels, told)
    };
    let Some(wanted) = args.run.as_deref().filter(|_| !args.account.dry_run) else { return Ok((told, None)) };
    let refused = match consented(&plan, wanted, args.again.as_deref(), warnings) {
        Ok(steps) => {
            carry_out(live, &plan, &steps, &channels).await?;
            None
        }
        Err(refused) => Some(refused),
    };
    told.ended(refused);
    Ok((told, refused))
}

/// Whether this plan is the one that the person agreed to, as often as they have to be asked.
fn consented(
    plan: &DeletePlan,
    wanted: &str,
    again: Option<&str>,
    warnings: &pinfold_recovery::delete::Warnings,
) -> Result<Vec<(usize, Vec<Edit>)>, Refused> {
    let is_it = |digest: &str| digest == plan.digest();
    if (wanted != UNASKED && !is_it(wanted)) || again.is_some_and(|again| !is_it(again)) {
        return Err(Refused::StaleConsent);
    }
    let first = (wanted != UNASKED).then(|| plan.consent());
    let consent = match (first, again) {
        (Some(first), Some(_)) => Some(plan.consent_again(&first)?),
        (first, _) => first,
    };
    plan.edits(consent.as_ref(), warnings).map(<[_]>::to_vec)
}

/// The server first, as CryptPad's client does: an entry that leads nowhere is found by the next plan. Then the entries.
async fn carry_out(
    live: &mut Live,
    plan: &DeletePlan,
    steps: &[(usize, Vec<Edit>)],
    channels: &[String],
) -> Result<(), Error> {
    for id in plan.destroys() {
        live.destroy(&id.parse::<PinId>()?).await?;
    }
    for (holder, edits) in steps {
        let channel = channels.get(*holder).map(|channel| channel.parse::<ChannelId>()).transpose()?;
        let Some(channel) = channel else { continue };
        live.write(&channel, edits.clone()).await?;
    }
    // What left is looked at, so that the keys are in the vault before anybody needs them.
    live.reload().await
}

fn plan(args: &Args, live: &Live, holders: &[Holder<'_>]) -> Result<DeletePlan, Error> {
    let absent = || Error::new(Code::EditAbsent, "the account has no such document, as far as it was read");
    let number = match &args.within {
        None => 0,
        Some(within) => holders.iter().position(|holder| holder.channel == within).ok_or_else(absent)?,
    };
    let holder = holders.get(number).ok_or_else(absent)?;
    let tables = Tables::under(holder.content.ok_or_else(absent)?, holder.shape);
    let (branch, tree) = (if args.trash { Branch::Trash } else { Branch::Root }, tables.tree());
    let mut picks = Vec::new();
    for id in &args.id {
        let before = picks.len();
        let named = |entry: &pinfold_core::document::Entry<'_>| {
            entry.channel().and_then(Text::as_str).map(str::to_owned).or_else(|| entry.leads_to(None))
        };
        for entry in tables.entries().filter(|entry| named(entry).as_deref() == Some(id.as_str())) {
            let Some(entry) = entry.id() else { continue };
            let places = tree.places(entry).filter(|place| (place.branch() == Branch::Trash) == args.trash);
            picks.extend(places.map(|place| Pick {
                holder: number,
                branch: place.branch(),
                names: place.names().into_iter().cloned().collect(),
                entry: Some(entry),
            }));
        }
        if picks.len() == before {
            return Err(Error::new(Code::EditAbsent, "nothing of this id stands there").with("id", id));
        }
    }
    for path in &args.folder {
        let names = path.split('/').map(Text::from).collect();
        picks.push(Pick { holder: number, branch, names, entry: None });
    }
    let view = if args.search { View::Search } else { View::Tree };
    DeletePlan::of(holders, live.own_key(), &picks, args.action, view)
}

/// The documents of the account as a plan takes them: its own drive first.
fn holders(live: &Live, action: Action) -> Vec<Holder<'_>> {
    let mut holders: Vec<Holder<'_>> = Vec::new();
    for drive in live.drives() {
        let (root, team) = (drive.root(), drive.whose().team());
        let shape = if team.is_some() { Shape::Team } else { Shape::Account };
        let links = team.and_then(|team| team.links.as_ref());
        let (channel, content) = (root.channel().as_str(), Some(root.document()));
        holders.push(Holder { channel, shape, content, links });
        for folder in drive.folders() {
            let Some(opens) = &folder.declared.opens else { continue };
            let channel = opens.channel.as_str();
            // The same folder may be declared more than once.
            if holders.iter().any(|holder| holder.channel == channel) {
                continue;
            }
            let content = content_of(&folder.outcome, action);
            holders.push(Holder { channel, shape: Shape::Folder, content, links: opens.links.as_ref() });
        }
    }
    holders
}
