//! `gapwise settings`: what can be set.

use gapwise::config;

use super::{Failure, args::SettingsArgs, print, style::LABEL};

pub(super) fn carry_out(args: &SettingsArgs) -> Result<(), Failure> {
    if args.markdown {
        return print(|out| out.write(config::settings_page().as_bytes()));
    }
    let settings = config::matching(args.key.as_deref())?;
    if args.output.json {
        return print(|out| out.json(&settings));
    }
    print(|out| {
        for (at, setting) in settings.iter().enumerate() {
            if at > 0 {
                out.line("")?;
            }
            out.line(&format!("{LABEL}{}{LABEL:#}", setting.key))?;
            out.line(&format!("  values   {}", setting.values))?;
            out.line(&format!("  default  {}", setting.default))?;
            out.line(&format!("  why      {}", setting.why))?;
            out.line(&format!("  rung     {}", setting.rung()))?;
        }
        Ok(())
    })
}
