//! `/metadata/endpoints`: where a cloud's services are, in the shapes that az, azurerm and we ask for.
//! Says nothing about resources.

use serde_json::{Value, json};

use crate::emulator::call::{Answer, Failure};
use crate::emulator::sign_in::{BATCH_AUDIENCE, TENANT};

/// The api-versions taken.
const VERSIONS: &[&str] = &[
    "2014-11-01-preview",
    "2015-01-01",
    "2015-11-01",
    "2016-09-01",
    "2017-08-01",
    "2018-05-01",
    "2019-05-01",
    "2019-10-01",
    "2020-06-01",
    "2021-04-01",
    "2022-09-01",
    "2023-11-01",
    "2023-12-01",
];

/// The answer for an api-version: up to 2021-04-01 a list of clouds, from 2022-09-01 on one cloud, and for the
/// oldest the flat shape that had no name. Nobody needs a token to ask.
pub(crate) fn answer(api_version: &str, base: &str) -> Answer {
    if api_version.is_empty() {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Failure::arm(400, "MissingApiVersionParameter", text).into_arm();
    }
    if !VERSIONS.contains(&api_version) {
        let text = format!(
            "The api-version '{api_version}' is invalid. The supported versions are '{}'.",
            VERSIONS.join(",")
        );
        return Failure::arm(400, "InvalidApiVersionParameter", text).into_arm();
    }
    match api_version {
        version if version < "2018" => Answer::ok(flat(base)),
        version if version < "2022" => Answer::ok(json!([cloud(base)])),
        _ => Answer::ok(cloud(base)),
    }
}

fn flat(base: &str) -> Value {
    json!({
        "galleryEndpoint": "https://gallery.azure.com/", "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": format!("{base}/portal"),
        "authentication": {"loginEndpoint": format!("{base}/"), "audiences": [format!("{base}/")]},
    })
}

fn cloud(base: &str) -> Value {
    json!({
        // Never AzureCloud: clients that know that name go to Microsoft's own hosts for it.
        "name": "emulator",
        "portal": format!("{base}/portal"),
        "authentication": {
            "loginEndpoint": base,
            "audiences": [format!("{base}/"), "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": TENANT,
            "identityProvider": "AAD",
        },
        "resourceManager": format!("{base}/"),
        "batch": BATCH_AUDIENCE,
        "graph": format!("{base}/"),
        "graphAudience": format!("{base}/"),
        "microsoftGraphResourceId": format!("{base}/"),
        "gallery": "https://gallery.azure.com/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": format!("{base}/"),
        "vmImageAliasDoc": format!("{base}/aliases.json"),
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
        "attestationResourceId": "https://attest.azure.net",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "suffixes": {
            "storage": "core.windows.net", "keyVaultDns": "vault.azure.net", "mhsmDns": "managedhsm.azure.net",
            "sqlServerHostname": "database.windows.net", "acrLoginServer": "azurecr.io",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net", "storageSyncEndpointSuffix": "afs.azure.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "synapseAnalytics": "dev.azuresynapse.net", "attestationEndpoint": "attest.azure.net",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_follows_the_api_version() {
        let body = |version: &str| answer(version, "https://b").body.unwrap();
        assert_eq!(body("2019-05-01")[0]["resourceManager"], "https://b/");
        assert_eq!(body("2022-09-01")["authentication"]["audiences"][0], "https://b/");
        assert_eq!(body("2015-01-01")["authentication"]["loginEndpoint"], "https://b/");
        for (version, code) in
            [("", "MissingApiVersionParameter"), ("2022-09-02", "InvalidApiVersionParameter")]
        {
            let refused = answer(version, "https://b");
            assert_eq!((refused.status, &refused.body.unwrap()["error"]["code"]), (400, &json!(code)));
        }
    }
}
