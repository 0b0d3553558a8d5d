//! What a run needs to be repeated or doubted: settings, environment, assumptions, looks.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    Report,
    numbers::{self, counted},
};
use crate::run::Setting;

/// Settings that differ from their defaults.
pub(super) fn settings(settings: &[Setting]) -> Markup {
    html! {
        @if settings.is_empty() {
            p.none { "Every setting has its default. All of them are in " code { "config.toml" } " beside this report." }
        } @else {
            p { "These differ from their defaults. All settings are in " code { "config.toml" } " beside this report." }
            (wide("Settings", html! {
                table {
                    thead { tr { th scope="col" { "Setting" } th scope="col" { "Value" } th scope="col" { "Default" } } }
                    tbody {
                        @for setting in settings {
                            tr {
                                th scope="row" { code { (text::name(&setting.name)) } }
                                td { (text::name(&setting.value)) }
                                td.muted { (text::name(&setting.default)) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// Where and how the run was made, and how long it took.
pub(super) fn environment(report: &Report<'_>) -> Markup {
    let environment = report.environment;
    let features = environment.cpu_features.join(", ");
    html! {
        p { "This run was made by" }
        (text::command(report.command))
        dl {
            div { dt { "Gapwise" } dd { (text::name(&environment.version)) } }
            div { dt { "Platform" } dd { (text::name(&environment.platform)) } }
            div { dt { "Instruction sets" } dd { @if features.is_empty() { "none beyond the platform’s" } @else { (text::name(&features)) } } }
            @if !environment.instructions.is_empty() {
                div { dt { "Kernels’ instructions" } dd { (text::name(&environment.instructions)) } }
            }
            div { dt { "Device" } dd { (text::name(&environment.device)) ", " (counted(environment.threads, "thread")) } }
            div { dt { "Seed" } dd { (environment.seed) } }
            div { dt { "Data" } dd { code { (text::name(&environment.data)) } } }
        }
        @if !environment.seconds.is_empty() {
            (wide("Time by phase", html! {
                table.short {
                    thead { tr { th scope="col" { "Phase" } th.number scope="col" { "Time" } } }
                    tbody {
                        @for (phase, seconds) in &environment.seconds {
                            tr { th scope="row" { (text::name(phase)) } td.number { (numbers::seconds(*seconds)) } }
                        }
                    }
                    tfoot {
                        tr { th scope="row" { "all" } td.number { (numbers::seconds(environment.seconds.values().sum())) } }
                    }
                }
            }))
        }
    }
}

/// What was assumed, and how often validation and test were looked at.
pub(super) fn assumptions(report: &Report<'_>) -> Markup {
    let diagnosis = report.diagnosis;
    html! {
        @if diagnosis.assumed.is_empty() {
            p.none { "Nothing was assumed." }
        } @else {
            ul.notes { @for line in &diagnosis.assumed { li { (text::prose(line)) } } }
        }
        @if let Some(said) = diagnosis.kept_early_sentence() { p { (text::prose(&said)) } }
        p {
            "Choices made on validation: " strong { (numbers::count(diagnosis.looks.validation)) }
            ". Openings of test: " strong { (numbers::count(diagnosis.looks.test)) }
            ". Each choice and each opening uses up a little of what these splits can tell; both are counted for this data over all runs."
        }
        @if let Some(lost) = report.looks_lost { p { (text::prose(&format!("Looks: {lost}."))) } }
        @if !report.looks.is_empty() {
            (wide("Looks", html! {
                table.short {
                    thead { tr { th scope="col" { "Run" } th scope="col" { "Split" } th scope="col" { "What for" } } }
                    tbody {
                        @for look in report.looks {
                            tr {
                                th scope="row" { (text::name(&look.run)) }
                                td { (look.split) }
                                td { (text::prose(&look.why)) }
                            }
                        }
                    }
                }
            }))
        }
    }
}
