//! The closed list of diagnostic codes, each with its explanation. A code is never renamed and never used again.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $text:literal $explanation:literal)*) => {
        /// Which sort of thing a diagnostic says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $explanation] $variant,)*
            /// A rule of the field, by its code; `lint` has them all, each with its explanation.
            Rule(&'static RuleCode),
        }

        impl Code {
            /// Every code that is not a rule's.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as users see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* Self::Rule(code) => code.0 }
            }

            /// What it means, in a paragraph. A rule explains itself.
            pub fn explanation(self) -> Option<&'static str> {
                match self { $(Self::$variant => Some($explanation),)* Self::Rule(_) => None }
            }
        }
    };
}

codes! {
    Unreadable "spec/unreadable" "A path could not be read: it does not exist, is no regular file or folder, or may not be opened. A folder is searched for `*.yaml` and `*.yml`, subfolders included."
    TooLarge "spec/too-large" "A file is larger than 16 MiB, or a folder holds more than 10,000 files or folders. Split the stack into several files in one folder, and name that folder."
    NotUtf8 "spec/not-utf8" "A file is not UTF-8 text. Save it as UTF-8; UTF-16 is not read."
    YamlSyntax "spec/yaml-syntax" "The text is not YAML. The place is where the reader could not go on; the cause may stand a little before it, often in the indentation."
    YamlLimit "spec/yaml-limit" "The document is nested too deeply, or its anchors expand to too much. A stack of thousands of pools is far below the limits."
    DuplicateKey "spec/duplicate-key" "A key stands twice in one map. YAML readers differ in which one they take, so neither is taken."
    UnknownTag "spec/unknown-tag" "A value has a YAML tag, such as `!include` or `!!python/object`. Tags have no meaning here and are never run."
    UnknownKey "spec/unknown-key" "A key is not known at this place. Nothing is ignored silently: a misspelt property would otherwise have no effect."
    MissingKey "spec/missing-key" "A key that must be there is not."
    WrongType "spec/wrong-type" "A value is of another type than the property takes. What stands in the file is not guessed at: `yes` is no boolean, `010` no number, and `1.10` stays `1.10` where a text is wanted."
    NotAllowed "spec/not-allowed" "A value is not among those that the property takes."
    Pattern "spec/pattern" "A text does not have the form that the property takes."
    OutOfRange "spec/out-of-range" "A number, a text's length or a list's length is outside what the property takes."
    AzureSpelling "spec/azure-spelling" "A property is written in Azure's long form, in the data plane's spelling, or is gone from Azure. The message says what to write instead."
    UnknownVariable "spec/unknown-variable" "`${var:NAME}` or `${env:NAME}` names something that has no value. Give it with `--var NAME=value`, in a `--var-file`, in `vars:`, or in the environment. `$${` is a literal `${`."
    SecretNotFromEnvironment "spec/secret-not-from-environment" "A secret stands in the file. Secrets are read from the environment when they are needed, and are stored nowhere: write `${env:NAME}`."
    NoStack "spec/no-stack" "No document carries the header of a stack (`kind: Stack` with a `name`)."
    SeveralStacks "spec/several-stacks" "More than one document carries the header of a stack. A run is about one stack."
    UnknownDocument "spec/unknown-document" "A document's `kind` or `apiVersion` is not known."
    UnknownProfile "spec/unknown-profile" "A pool names a profile that does not exist."
    ProfileCycle "spec/profile-cycle" "Profiles name each other in a circle."
    NotYet "spec/not-yet" "This is part of the format, and this version of poolwright does not do it yet."
    DuplicateResource "spec/duplicate-resource" "Two entries are one resource in Azure: names are compared without regard to case. Or two files are to become one blob, of which the first upload would not be what its version is made from."
    UnknownReference "spec/unknown-reference" "A name refers to something that the files do not hold."
    InvalidId "spec/invalid-id" "A text is not the resource id that is wanted here."
    InvalidImage "spec/invalid-image" "A pool's `image` is `name@1.2.3`, `name@latest`, `name`, `alias/name@…`, or a full resource id."
    IgnoreComment "lint/ignore-comment" "A comment `# poolwright: ignore[CODE] reason` is not understood, gives no reason, or names what cannot be ignored. It holds for its line, or alone on a line for the next one, and for the whole entry where that begins there. Only rules can be ignored, not what breaks the format."
    UnusedIgnore "lint/unused-ignore" "A comment `# poolwright: ignore[CODE] reason` hides nothing: what it was written for is gone. Left there it would hide the next mistake."
    RuleSeverity "lint/rule-severity" "`lint:` names a rule that does not exist, or makes an error of one that nobody has proof of, which is a warning at most."
    DiskImage "spec/disk-image" "A file that a version is made from is no fixed VHD of whole MiB, which is all that Azure takes; the message says what it is, and gives the `qemu-img` command that makes it right. A file that is not there is no mistake: it is only needed while the version does not exist, and `plan` says so then."
    MissingMaxNodes "spec/missing-max-nodes" "`auto` replicas rest on how many nodes a pool can have, which a formula does not tell: write `maxNodes`."
}

/// The code of a rule, such as `pool/image-not-in-region`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleCode(pub &'static str);

impl fmt::Display for RuleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Code;

    #[test]
    fn codes_are_distinct_and_kebab_case() {
        let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for text in texts {
            assert!(
                text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '/' | '0'..='9')),
                "{text}"
            );
        }
    }
}
