use super::*;

#[test]
fn every_command_and_every_option_has_its_words() {
    let program = Program::command();
    program.clone().debug_assert();
    for command in program.get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
    }
}

#[test]
fn the_man_page_has_every_command() {
    let mut page = Vec::new();
    clap_mangen::Man::new(Program::command()).render(&mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    for command in Program::command().get_subcommands() {
        assert!(page.contains(&command.get_name().replace('-', "\\-")), "{}", command.get_name());
    }
    assert!(page.contains("130") && page.contains("acts.ndjson"));
}
