//! `access`: what whoever carries out a stack must be allowed. No Azure, no sign-in.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use crate::cli::args::inputs::SpecArgs;
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::stages::check_or_stop;
use crate::cli::terminal::Terminal;
use crate::kinds::{Kind, REGISTRY};
use crate::model::chain::Link;
use crate::model::desired::{Desired, Graph};
use crate::model::mark::Owner;
use crate::model::permission::Role;
use crate::model::resource_id::ResourceId;
use crate::render::role_definition::role_definition;

/// Arguments of `access`.
#[derive(Debug, Args)]
pub(crate) struct AccessArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// As the custom role that `az role definition create --role-definition` takes.
    #[arg(long, required = true)]
    pub(crate) role_definition: bool,
    /// Only what `plan` needs.
    #[arg(long)]
    pub(crate) read_only: bool,
}

pub(crate) fn run(
    args: &AccessArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let role = role(&sound.graph, args.read_only);
    let text = role_definition(&role).map_err(|error| Failure::of("cannot print the role", &error))?;
    Terminal::print(&text);
    Ok(Exit::Done)
}

/// The role that planning, or carrying out, a stack needs.
fn role(graph: &Graph, read_only: bool) -> Role {
    // What a plan needs to know what it may do.
    let mut actions = BTreeSet::from(["Microsoft.Authorization/permissions/read".to_owned()]);
    let mut data_actions = BTreeSet::new();
    let used: BTreeMap<&str, bool> = graph
        .referenced
        .keys()
        .map(|address| (address.kind(), false))
        .chain(graph.desired.keys().map(|address| (address.kind(), true)))
        .collect();
    let machines: Vec<&ResourceId> =
        graph.desired.values().filter_map(|desired| Some(&desired.chain()?.machine)).collect();
    for kind in REGISTRY {
        let (azure_type, besides) = (kind.action_type(), kind.besides());
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        // What may be left over is looked for in every group: these lists are read in any case.
        let stands_alone = kind.azure_type().split('/').count() == 2;
        // What stands on the way to a version is made, too, and no file has an entry for it.
        let link = kind.link().filter(|_| !machines.is_empty());
        let written = if link.is_some() { Some(true) } else { used.get(kind.name()).copied() };
        if stands_alone || written.is_some() {
            actions.insert(format!("{azure_type}/read"));
        }
        if written != Some(true) {
            continue;
        }
        let of_kind: Vec<&Desired> =
            graph.desired.values().filter(|desired| desired.kind.name() == kind.name()).collect();
        let named = named(*kind, &of_kind, &machines);
        let on_named = |actions: &[(&str, &'static str)]| -> Vec<String> {
            let is_named = |azure_type: &str| named.iter().any(|id| id.is_type(azure_type));
            let on_named = actions.iter().filter(|(azure_type, _)| is_named(azure_type));
            on_named.map(|(_, action)| (*action).to_owned()).collect()
        };
        actions.extend(owned(besides.reads));
        actions.extend(on_named(besides.named_reads));
        data_actions.extend(owned(besides.data_reads));
        if !read_only {
            actions.extend([format!("{azure_type}/write"), format!("{azure_type}/delete")]);
            actions.extend(owned(besides.writes));
            actions.extend(on_named(besides.named));
            let has = |pointer: &str| of_kind.iter().any(|desired| desired.body.pointer(pointer).is_some());
            let having = besides.having.iter().filter(|(pointer, _)| has(pointer));
            actions.extend(having.map(|(_, action)| (*action).to_owned()));
            data_actions.extend(owned(besides.data_writes));
        }
    }
    if graph.desired.values().any(|desired| !desired.files.is_empty()) {
        const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
        // Where the account serves blobs, and what stands there.
        actions.insert("Microsoft.Storage/storageAccounts/read".to_owned());
        data_actions.insert(format!("{BLOBS}/read"));
        if !read_only {
            data_actions.insert(format!("{BLOBS}/write"));
        }
    }
    for desired in graph.desired.values() {
        let Some(action) = desired.kind.brought_about_by() else { continue };
        actions.insert(format!("{}/read", desired.kind.azure_type()));
        if !read_only {
            actions.insert(format!("{}/{action}/action", desired.id.name()));
        }
    }
    let Owner { stack, subscription, group } = &graph.owner;
    let (what, does) = if read_only { (" plan", "plan") } else { ("", "plan and apply") };
    Role {
        name: format!("poolwright {stack}{what} ({group} in {subscription})"),
        description: format!("What poolwright needs to {does} the stack {stack}"),
        actions,
        data_actions,
        scopes: scopes(graph),
    }
}

/// The resources that what is of a kind names: whoever writes it needs something of them.
fn named(kind: &dyn Kind, of_kind: &[&Desired], machines: &[&ResourceId]) -> Vec<ResourceId> {
    // What is made by way of something else names the image on the way to it, and not the machine.
    let of_kind = of_kind.iter().filter(|desired| desired.chain().is_none());
    let mut named: Vec<ResourceId> = of_kind.flat_map(|desired| ResourceId::all_in(&desired.body)).collect();
    if let Some(Link::Copy(copy_of)) = kind.link() {
        // The machine has disks, whatever they are called.
        let disk = |machine: &ResourceId| {
            ResourceId::new(machine.subscription(), machine.group(), "Microsoft.Compute", "disks", "_")
        };
        named.extend(machines.iter().flat_map(|machine| ResourceId::all_in(&copy_of(&disk(machine)))));
    }
    named
}

/// The groups in which the stack has, or refers to, something; whole subscriptions only where it concerns all of one.
fn scopes(graph: &Graph) -> BTreeSet<String> {
    let desired = graph.desired.values().map(|desired| &desired.id);
    let named: Vec<&ResourceId> =
        desired.chain(graph.referenced.values().map(|referenced| &referenced.id)).collect();
    let mut all: BTreeSet<(&str, &str)> = named.iter().map(|id| (id.subscription(), id.group())).collect();
    let mentioned: Vec<ResourceId> =
        graph.desired.values().flat_map(|desired| ResourceId::all_in(&desired.body)).collect();
    all.extend(mentioned.iter().map(|id| (id.subscription(), id.group())));
    all.extend(graph.homes.iter().map(|(subscription, group)| (subscription.as_str(), group.as_str())));
    // Old versions go only if nothing in a whole subscription boots them.
    if !graph.retention.is_empty() {
        all.extend(named.iter().map(|id| (id.subscription(), "")));
    }
    // A group that is not there yet is no scope, and is made in its subscription.
    let is_made = |subscription: &str, group: &str| {
        let group = ResourceId::of_group(subscription, group);
        graph.desired.values().any(|desired| desired.id == group)
    };
    let in_which =
        |(subscription, group): (_, _)| (subscription, if is_made(subscription, group) { "" } else { group });
    let all: BTreeSet<(&str, &str)> = all.into_iter().map(in_which).collect();
    // One spelling of each.
    let spelled: BTreeMap<String, String> = all
        .into_iter()
        .map(|(subscription, group)| ResourceId::scope_of(subscription, group))
        .map(|scope| (scope.to_ascii_lowercase(), scope))
        .collect();
    spelled.into_values().collect()
}
