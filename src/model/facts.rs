//! What is asked of Azure beside the resources of a stack, and what it said: what rules need that no file and no plan holds.
//! Asks nothing itself; a question is a value that says which request answers it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::{ResourceId, encode};

/// Subscriptions and their locations.
const SUBSCRIPTIONS_API: &str = "2022-12-01";
/// Resource providers.
const PROVIDERS_API: &str = "2024-07-01";
/// What the caller may do at a scope.
const PERMISSIONS_API: &str = "2022-04-01";
/// What Compute sells where.
const SKUS_API: &str = "2021-07-01";
/// Extensions of virtual machines, and what a subscription uses of its cores.
const COMPUTE_API: &str = "2024-07-01";
/// Both planes of Batch.
const BATCH_API: &str = "2025-06-01";

/// Something to ask Azure. Every answer is read with GET alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// A subscription: its tenant, its name.
    Subscription(String),
    /// The regions of a subscription, with their availability zones.
    Locations(String),
    /// Whether the resource provider Microsoft.Batch is registered in a subscription.
    BatchRegistration(String),
    /// What whoever signs in may do with a resource.
    Permissions(ResourceId),
    /// What whoever signs in may do everywhere in a subscription.
    SubscriptionPermissions(String),
    /// The VM sizes that Batch has in a region.
    BatchSizes {
        /// The subscription of the account.
        subscription: String,
        /// The region in Azure's short form.
        region: String,
    },
    /// What Compute sells in a region: VM sizes with what they can do.
    ComputeSkus {
        /// The subscription of the account.
        subscription: String,
        /// The region in Azure's short form.
        region: String,
    },
    /// The cores that a subscription uses in a region, and may use.
    Usages {
        /// The subscription.
        subscription: String,
        /// The region in Azure's short form.
        region: String,
    },
    /// The node agents of an account, with the images that Batch knows them to fit.
    SupportedImages {
        /// The `accountEndpoint` of the account.
        endpoint: String,
    },
    /// Any resource that is not observed: what an image version is made from.
    Resource {
        /// Its id.
        id: ResourceId,
        /// The api-version to read it with.
        api_version: &'static str,
    },
    /// A virtual machine, with what it does now.
    Machine(ResourceId),
    /// The extensions of a virtual machine.
    Extensions(ResourceId),
}

/// How the answer to a question comes, and how it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One body.
    One,
    /// A list, kept as a list.
    List,
    /// A list, kept as an object with an entry for each name, in lower case, that stands at this pointer.
    Named(&'static str),
}

impl Question {
    /// The request that answers it.
    pub fn request(&self) -> Request {
        let arm = |path: String, api_version| Request {
            method: Method::Get,
            plane: Plane::Arm,
            path,
            api_version,
            query: Vec::new(),
            body: None,
        };
        let under = |id: &ResourceId, rest: &str| format!("{}/{rest}", id.url_path());
        match self {
            Self::Subscription(id) => arm(format!("/subscriptions/{}", encode(id)), SUBSCRIPTIONS_API),
            Self::Locations(id) => arm(format!("/subscriptions/{}/locations", encode(id)), SUBSCRIPTIONS_API),
            Self::BatchRegistration(id) => {
                arm(format!("/subscriptions/{}/providers/Microsoft.Batch", encode(id)), PROVIDERS_API)
            }
            Self::Permissions(id) => {
                arm(under(id, "providers/Microsoft.Authorization/permissions"), PERMISSIONS_API)
            }
            Self::SubscriptionPermissions(id) => {
                let path =
                    format!("/subscriptions/{}/providers/Microsoft.Authorization/permissions", encode(id));
                arm(path, PERMISSIONS_API)
            }
            Self::BatchSizes { subscription, region } => {
                arm(located(subscription, "Batch", region, "virtualMachineSkus"), BATCH_API)
            }
            Self::ComputeSkus { subscription, region } => {
                let path =
                    format!("/subscriptions/{}/providers/Microsoft.Compute/skus", encode(subscription));
                arm(path, SKUS_API).with_query("$filter", &format!("location eq '{region}'"))
            }
            Self::Usages { subscription, region } => {
                arm(located(subscription, "Compute", region, "usages"), COMPUTE_API)
            }
            Self::SupportedImages { endpoint } => Request {
                plane: Plane::Batch { endpoint: endpoint.clone() },
                ..arm("/supportedimages".to_owned(), BATCH_API)
            },
            Self::Resource { id, api_version } => Request::get(id, api_version),
            Self::Machine(id) => Request::get(id, COMPUTE_API).with_query("$expand", "instanceView"),
            Self::Extensions(id) => arm(under(id, "extensions"), COMPUTE_API),
        }
    }

    /// The form of its answer.
    pub fn form(&self) -> Form {
        match self {
            Self::Subscription(_) | Self::BatchRegistration(_) | Self::Resource { .. } | Self::Machine(_) => {
                Form::One
            }
            // Extensions come as `value`, but in one body without pages.
            Self::Extensions(_)
            | Self::Permissions(_)
            | Self::SubscriptionPermissions(_)
            | Self::SupportedImages { .. } => Form::List,
            Self::Locations(_) | Self::BatchSizes { .. } | Self::ComputeSkus { .. } => Form::Named("/name"),
            Self::Usages { .. } => Form::Named("/name/value"),
        }
    }

    /// What is asked, for people: what stands after "could not read".
    pub fn words(&self) -> String {
        match self {
            Self::Subscription(id) => format!("subscription {id}"),
            Self::Locations(id) => format!("the regions of subscription {id}"),
            Self::BatchRegistration(id) => {
                format!("whether Microsoft.Batch is registered in subscription {id}")
            }
            Self::Permissions(id) => format!("the permissions on {id}"),
            Self::SubscriptionPermissions(id) => format!("the permissions on subscription {id}"),
            Self::BatchSizes { subscription, region } => {
                format!("the VM sizes of Batch in {region} for subscription {subscription}")
            }
            Self::ComputeSkus { subscription, region } => {
                format!("the VM sizes in {region} for subscription {subscription}")
            }
            Self::Usages { subscription, region } => {
                format!("the usage of cores in {region} of subscription {subscription}")
            }
            Self::SupportedImages { endpoint } => format!("the supported images of {endpoint}"),
            Self::Resource { id, .. } | Self::Machine(id) => id.to_string(),
            Self::Extensions(id) => format!("the extensions of {id}"),
        }
    }
}

fn located(subscription: &str, namespace: &str, region: &str, list: &str) -> String {
    let (subscription, region) = (encode(subscription), encode(region));
    format!("/subscriptions/{subscription}/providers/Microsoft.{namespace}/locations/{region}/{list}")
}

/// What Azure said to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// This, in the form that [`Question::form`] says.
    There(Value),
    /// That there is no such thing.
    Absent,
    /// Nothing that helps; the text is why.
    Unreadable(String),
}

/// The questions that were asked, with what was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(BTreeMap<Question, Told>);

impl Facts {
    /// What was said; none if nobody has asked.
    pub fn told(&self, question: &Question) -> Option<&Told> {
        self.0.get(question)
    }

    /// Takes in what was said.
    pub fn learn(&mut self, answers: impl IntoIterator<Item = (Question, Told)>) {
        self.0.extend(answers);
    }

    /// What could not be read, with why.
    pub fn unreadable(&self) -> impl Iterator<Item = (&Question, &str)> {
        self.0.iter().filter_map(|(question, told)| match told {
            Told::Unreadable(why) => Some((question, why.as_str())),
            Told::There(_) | Told::Absent => None,
        })
    }
}

/// The entries of a list by the name that stands at a pointer in each, in lower case.
pub fn by_name(entries: Vec<Value>, pointer: &str) -> Value {
    let mut named = Map::new();
    for entry in entries {
        if let Some(name) = entry.pointer(pointer).and_then(Value::as_str) {
            let name = name.to_lowercase();
            named.insert(name, entry);
        }
    }
    Value::Object(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Facts, Question, Told, by_name};
    use crate::model::request::Plane;
    use crate::model::resource_id::ResourceId;

    #[test]
    fn questions_are_requests_that_read() {
        let id = ResourceId::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/corp/images/ubuntu",
        )
        .expect("an id");
        let path = |question: &Question| question.request().path;
        assert_eq!(
            path(&Question::Permissions(id)),
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/corp/images/ubuntu/providers/Microsoft.Authorization/permissions"
        );
        let sizes = Question::BatchSizes { subscription: "s".to_owned(), region: "eastus/../x".to_owned() };
        assert_eq!(
            path(&sizes),
            "/subscriptions/s/providers/Microsoft.Batch/locations/eastus%2F..%2Fx/virtualMachineSkus"
        );
        let images = Question::SupportedImages { endpoint: "a.eastus.batch.azure.com".to_owned() };
        assert_eq!(images.request().plane, Plane::Batch { endpoint: "a.eastus.batch.azure.com".to_owned() });
    }

    #[test]
    fn what_could_not_be_read_is_neither_there_nor_absent() {
        let mut facts = Facts::default();
        let (tenant, batch) =
            (Question::Subscription("s".to_owned()), Question::BatchRegistration("s".to_owned()));
        facts.learn([(tenant.clone(), Told::Unreadable("403".to_owned())), (batch.clone(), Told::Absent)]);
        assert_eq!(facts.told(&batch), Some(&Told::Absent));
        assert_eq!(facts.unreadable().collect::<Vec<_>>(), [(&tenant, "403")]);
        assert_eq!(facts.told(&Question::Locations("s".to_owned())), None);
    }

    #[test]
    fn entries_are_found_by_their_names_in_any_case() {
        let named = by_name(vec![json!({"name": "Standard_D2s_v5"}), json!({"no": "name"})], "/name");
        assert_eq!(named, json!({"standard_d2s_v5": {"name": "Standard_D2s_v5"}}));
    }
}
