//! Deleting with a plan, and putting back from the vault.

use super::Holder;
use crate::failed::{Done, Failed};
use pinfold_core::document::{Branch, Shape};
use pinfold_core::drive::complete::FolderOutcome;
use pinfold_core::drive::edit::Edit;
use pinfold_core::guard::vault::Decision;
use pinfold_core::ids::{ChannelId, EdPublic};
use pinfold_core::json::Text;
use pinfold_recovery::delete::Warnings;
use pinfold_recovery::{Action, DeletePlan, Pick, View, delete};

/// What a deletion comes to, as it is shown.
#[derive(Debug)]
pub struct Shown {
    plan: DeletePlan,
    channels: Vec<String>,
}

impl Shown {
    /// How many documents it is about.
    pub fn documents(&self) -> usize {
        self.plan.documents()
    }

    /// Whether the person has to agree.
    pub fn asks(&self) -> bool {
        self.plan.needs_consent(&Warnings::default())
    }
}

impl Holder {
    /// What it comes to if a plain folder of the drive is removed.
    ///
    /// # Errors
    /// Those of a plan.
    pub fn plan_row(&self, name: &str) -> Done<Shown> {
        let root = self.drive.root();
        let mut holders = vec![delete::Holder {
            channel: root.channel().as_str(),
            shape: Shape::Account,
            content: Some(root.document()),
            links: None,
        }];
        for folder in self.drive.folders() {
            let Some(opens) = &folder.declared.opens else { continue };
            let channel = opens.channel.as_str();
            if holders.iter().any(|holder| holder.channel == channel) {
                continue;
            }
            let content = match &folder.outcome {
                FolderOutcome::Loaded(document) => Some(document.document()),
                FolderOutcome::Unavailable(_) => None,
            };
            let links = opens.links.as_ref();
            holders.push(delete::Holder { channel, shape: Shape::Folder, content, links });
        }
        let pick = Pick { holder: 0, branch: Branch::Root, names: vec![Text::from(name)], entry: None };
        let own = self.client.account().ed_public().map(EdPublic::as_str);
        let plan = DeletePlan::of(&holders, own, &[pick], Action::Remove, View::Tree)?;
        let channels = holders.iter().map(|holder| holder.channel.to_owned()).collect();
        Ok(Shown { plan, channels })
    }

    /// Carries out exactly what was shown.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn carry_out(&mut self, shown: &Shown) -> Done<()> {
        let consent = shown.plan.consent();
        let steps = shown.plan.edits(Some(&consent), &Warnings::default());
        let steps: Vec<(usize, Vec<Edit>)> =
            steps.map_err(|refused| Failed::from(refused.as_str()))?.to_vec();
        for (holder, edits) in steps {
            let channel = shown.channels.get(holder).ok_or("no document")?;
            self.write(&channel.parse::<ChannelId>()?, edits).await?;
        }
        self.reload().await
    }

    /// Puts every key back that the vault keeps. Answers how many.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn put_back_kept(&mut self) -> Done<usize> {
        let vault = self.client.vault().await?;
        let kept: Vec<_> = vault.keys().filter(|(_, key)| key.decision == Decision::Open).collect();
        for (channel, _) in &kept {
            self.client.put_back(channel).await?;
        }
        Ok(kept.len())
    }
}
