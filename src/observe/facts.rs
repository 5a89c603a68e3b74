//! Asks Azure what rules want to know beside the resources of the stack, all at once.
//! Is given a client that can only read; what it may not read is said, and never taken for an answer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::azure::error::AzureError;
use crate::azure::read::Read;
use crate::model::facts::{Form, Question, Told, by_name};
use crate::observe::concurrently;

/// Asks every question.
pub async fn ask(questions: BTreeSet<Question>, read: &Read) -> Vec<(Question, Told)> {
    concurrently(questions.into_iter().map(|question| {
        let read = read.clone();
        async move {
            let told = answer(&question, &read).await;
            (question, told)
        }
    }))
    .await
}

async fn answer(question: &Question, read: &Read) -> Told {
    let request = question.request();
    let told = match question.form() {
        Form::One => read.get(&request, "a resource").await,
        Form::List => read.list(&request).await.map(Value::Array),
        Form::Named(name) => read.list(&request).await.map(|entries| by_name(entries, name)),
    };
    match told {
        Ok(value) => Told::There(value),
        Err(error) if error.is_not_found() => Told::Absent,
        Err(error) => Told::Unreadable(AzureError::chain(&error)),
    }
}
