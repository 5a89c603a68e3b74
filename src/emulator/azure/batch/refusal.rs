//! Refusals that several files of the Batch provider make: code, status and wording, each once.
//! Those of one file stand there; those about a property's shape are `pool_shape`'s.

use crate::emulator::call::Failure;

/// 409 for what cannot be done as things stand.
pub(crate) fn invalid_for_state(reason: &str) -> Failure {
    let text = "The specified operation is not valid for the current state of the resource.";
    Failure::arm(409, "OperationInvalidForCurrentState", text).detail("Reason", reason)
}

/// 409 for what cannot be done to pools of this make.
pub(crate) fn not_valid_on_pool(reason: &str) -> Failure {
    let text = "The specified operation is not valid on the pool.";
    Failure::arm(409, "OperationNotValidOnPool", text).detail("Reason", reason)
}

/// 400 for a value that is not allowed, where a path in the words of either plane would say no more.
pub(crate) fn invalid_property(name: &str, reason: &str) -> Failure {
    let text = "The value provided for one of the properties in the request body is invalid.";
    Failure::arm(400, "InvalidPropertyValue", text).detail("PropertyName", name).detail("Reason", reason)
}
