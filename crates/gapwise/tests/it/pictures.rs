//! The path with images.

use crate::{data, desk::Desk};

#[test]
fn a_folder_of_pictures_becomes_a_run_that_answers_pictures() {
    let desk = Desk::new();
    data::photos(desk.folder());
    let run = desk.answer(&["run", "photos", "--quiet", "--set", "train.epochs=12"]);
    assert!(run["network"].as_str().unwrap().starts_with("small-conv, "), "{}", run["network"]);
    assert_eq!(desk.files("runs/photos-1"), crate::whole_path::FILES);

    let picture = std::fs::read_dir(desk.path("photos/straight")).unwrap().next().unwrap();
    let picture = picture.unwrap().path();
    let csv = desk.done(&["predict".as_ref(), "runs/photos-1".as_ref(), picture.as_os_str()]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "id,prediction,score:round,score:straight");
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[1].contains(",straight,"), "{csv}");
    let all = desk.answer(&["predict", "runs/photos-1", "photos"]);
    assert_eq!(all["answers"].as_array().unwrap().len(), 60);
    let scored = desk.answer(&["evaluate", "runs/photos-1", "photos"]);
    assert_eq!(scored["examples"], 60);
}

#[test]
fn images_and_tables_are_not_taken_for_each_other() {
    let desk = Desk::with_run();
    data::photos(desk.folder());
    desk.done(&["run", "photos", "-q", "--set", "train.epochs=1"]);
    let told = [
        desk.refused(&["predict", "runs/photos-1", "animals.csv"]),
        desk.refused(&["predict", "runs/animals-1", "photos"]),
        desk.refused(&["evaluate", "runs/animals-1", "photos"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `animals.csv`: expected an image, found a file of another kind

    hint: move the file elsewhere, or go on without such files with `--skip-bad`

    error: `photos`: expected a table's file, as the training data was one, found a folder

    hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`

    error: `photos`: expected a table's file, as the training data was one, found a folder

    hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`
    ");
}

#[test]
fn an_unreadable_picture_is_named_and_can_be_left_out() {
    let desk = Desk::new();
    data::photos(desk.folder());
    desk.write("photos/round/broken.png", "\u{89}PNG but no more");
    desk.write("photos/straight/empty.png", "");
    let run = ["run", "photos", "--set", "train.epochs=1"];
    insta::assert_snapshot!(desk.refused(&run), @"
    error: `photos/round/broken.png`: expected an image, found a file of another kind
    error: `photos/straight/empty.png`: expected an image, found an empty file
      hint: move the file elsewhere, or go on without such files with `--skip-bad`
    ");
    let said = desk.say(&[&run[..], &["--skip-bad", "--quiet"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(desk.json("runs/photos-1/data.json")["skipped"], 2);
}

#[test]
fn a_contact_sheet_shows_what_training_will_show() {
    let desk = Desk::new();
    data::photos(desk.folder());
    let set = ["inspect", "photos", "--augmented", "--set", "augment.crop=1", "--set"];
    let last = |args: &[&str]| desk.done(args).lines().last().unwrap().to_owned();
    let told = [
        last(&["inspect", "photos", "--augmented"]),
        last(&[&set[..], &["augment.rotate=15"]].concat()),
        last(&["inspect", "photos", "--set", "augment.colour=0.2", "--augmented", "sheet.png"]),
        last(&["inspect", "photos", "--set", "augment.colour=0.2", "--augmented", "sheet.png"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    augmented augmented.png: 8 images of train, a row each (round, straight, round, straight, round, straight, round, straight), as it is and then with each of `augment.mirror=true`, `augment.flip=true`, `augment.crop=1`, `augment.rotate=20`, `augment.shear=20`, `augment.warp=1`, `augment.colour=0.5`; nothing is switched on: choose what keeps the labels, such as `--set augment.rotate=15`
    augmented augmented-2.png: 8 images of train, a row each (round, straight, round, straight, round, straight, round, straight), as it is and then as epochs 1 to 8 show it with `augment.crop=1`, `augment.rotate=15`
    augmented sheet.png: 8 images of train, a row each (round, straight, round, straight, round, straight, round, straight), as it is and then as epochs 1 to 8 show it with `augment.colour=0.2`
    augmented sheet.png (in place of the file there was): 8 images of train, a row each (round, straight, round, straight, round, straight, round, straight), as it is and then as epochs 1 to 8 show it with `augment.colour=0.2`
    ");
    let bytes = |name| std::fs::read(desk.path(name)).unwrap();
    // 8 × 8 pixels are shown as 96 × 96: as it is and 7 kinds, 8 rows, with 6 between. Left of them
    // stands `straight` at 9 pixels a character, and above them a title and a line of captions at 20.
    // A PNG file has its width and height at byte 16 and 20.
    let side = |at| u32::from_be_bytes(bytes("augmented.png")[at..at + 4].try_into().unwrap());
    assert_eq!([side(16), side(20)], [6 + 8 * 9 + 6 + 8 * 102, 6 + 20 + 6 + 20 + 8 * 102]);

    let answer = desk.answer(&[&set[..], &["augment.rotate=15"]].concat());
    let sheet = &answer["augmented"];
    assert_eq!(sheet["path"], "augmented-3.png");
    assert_eq!(sheet["columns"]["epochs"]["epochs"], 8);
    assert_eq!(sheet["images"][1]["label"], "straight");
    // The same settings give the same bits, and another seed others.
    assert_eq!(bytes("augmented-2.png"), bytes("augmented-3.png"));
    last(&[&set[..], &["augment.rotate=15", "--set", "train.seed=2"]].concat());
    assert_ne!(bytes("augmented-2.png"), bytes("augmented-4.png"));
}

#[test]
fn what_no_contact_sheet_can_show_is_refused() {
    let desk = Desk::new();
    data::photos(desk.folder());
    desk.write("animals.csv", &data::animals());
    let told = [
        &["animals.csv", "--augmented"][..],
        &["photos", "--augmented", "sheet.jpg"],
        &["photos", "--augmented", "--set", "augment.warp=1.5"],
        &["photos", "--augmented", "--set", "augment.rotate=-1"],
        &["photos", "--augmented", "--set", "augment.color=1"],
    ]
    .map(|args| desk.refused(&[&["inspect"], args].concat()));
    insta::assert_snapshot!(told.join("\n"), @"
    error: `--augmented` needs images, and the data is rows of a table

    hint: leave `--augmented` out

    error: `--augmented sheet.jpg`: expected a file name that ends in `.png`

    error: `augment.warp`: expected at most an eighth of the images' smaller side, so that pixels keep their order, found `1.5`

    error: `augment.rotate`: expected degrees from 0 to 180, found `-1`

    error: `--set augment.color=1`: there is no setting `augment.color`

    hint: did you mean `augment.colour`?
    ");
    let unwritable = ["inspect", "photos", "--augmented", "animals.csv/sheet.png"];
    assert!(desk.refused(&unwritable).contains("`animals.csv/sheet.png` could not be written"));
    assert!(desk.files(".").iter().all(|file| !file.ends_with(".png") || file.contains("photos")));
}

#[test]
fn several_inputs_are_answered_at_once_with_ids_that_say_which() {
    let desk = Desk::new();
    data::photos(desk.folder());
    desk.done(&["run", "photos", "-q", "--set", "train.epochs=1"]);
    let pictures = desk.files("photos/round");
    let one = format!("photos/round/{}", pictures[0]);
    let (two, again) = (format!("photos/round/{}", pictures[1]), "photos/straight");
    let said = desk.say(&["predict", "runs/photos-1", &one, &two, again, &one]);
    assert_eq!(said.code, 0, "{}", said.err);
    let ids: Vec<&str> =
        said.out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(&ids[..2], [one.as_str(), two.as_str()]);
    assert_eq!(ids.len(), 2 + 30);
    assert!(ids[2..].iter().all(|id| id.starts_with("photos/straight/")), "{ids:?}");
    assert!(said.err.contains("1 input named twice, and answered once"), "{}", said.err);
    // Each as it is answered alone, but for rounding: one image takes other sums than a batch does.
    let alone = desk.done(&["predict", "runs/photos-1", &two]);
    let of = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (among, alone) = (of(said.out.lines().nth(2).unwrap()), of(alone.lines().nth(1).unwrap()));
    assert_eq!(among[1], alone[1]);
    let scores = |cells: &[String]| -> Vec<f32> {
        cells[2..].iter().map(|score| score.parse().unwrap()).collect()
    };
    for (among, alone) in scores(&among).into_iter().zip(scores(&alone)) {
        assert!((among - alone).abs() < 1e-6, "{among} {alone}");
    }

    let run = Desk::with_run();
    run.write("more.csv", "weight,height,coat\n1,2,black\n");
    run.write("other.csv", "weight,height,coat\n1,2,black\n");
    let told = run.done(&["predict", "runs/animals-1", "more.csv", "other.csv"]);
    let ids: Vec<&str> = told.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids, ["more.csv:2", "other.csv:2"]);
}

#[test]
fn pictures_of_sixteen_bits_are_learned_exported_and_answered_in_full() {
    use image::{ImageBuffer, Luma};
    let desk = Desk::new();
    // Values of at most 200 of 65,535, all of which 8 bits round to 0 or 1.
    for (class, along) in [("left", true), ("top", false)] {
        std::fs::create_dir_all(desk.path("deep").join(class)).unwrap();
        for at in 0..30_u32 {
            let picture = ImageBuffer::<Luma<u16>, Vec<u16>>::from_fn(8, 8, |x, y| {
                let bright = if along { x < 4 } else { y < 4 };
                Luma([if bright { 150 + at as u16 } else { (3 * x + 5 * y + at) as u16 % 40 }])
            });
            picture.save(desk.path(format!("deep/{class}/{at}.png"))).unwrap();
        }
    }
    let said = desk.say(&["inspect", "deep"]).out;
    assert!(
        said.contains(
            "60 of 60 images have 16-bit values, read in full; the largest is 179 of 65,535"
        ),
        "{said}"
    );
    let warned =
        "warning: `deep`: expected 16-bit values of up to 65,535, found 60 images with at most 179";
    assert!(said.contains(warned), "{said}");
    let run = desk.answer(&["run", "deep", "-q", "--set", "train.epochs=30"]);
    assert_eq!(desk.json("runs/deep-1/model.json")["reading"]["depth"], 16);
    let all = desk.answer(&["evaluate", "runs/deep-1", "deep"]);
    assert_eq!(all["error"], 0.0, "{run}");
    let exported = desk.done(&["export", "runs/deep-1"]);
    assert!(
        exported.contains("uint16   [batch, 1, 8, 8]  grey images from 0 (black) to 65535 (white)"),
        "{exported}"
    );
    desk.done(&["inspect", "deep", "--augmented"]);
}

#[test]
fn a_single_folder_around_all_is_looked_into() {
    let desk = Desk::new();
    data::photos(desk.folder());
    std::fs::create_dir(desk.path("download")).unwrap();
    std::fs::rename(desk.path("photos"), desk.path("download/photos")).unwrap();
    let said = desk.say(&["run", "download", "--set", "train.epochs=1"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("note      `download/photos` is read, the one folder there"),
        "{}",
        said.err
    );
    let all = desk.answer(&["predict", "runs/download-1", "download"]);
    assert_eq!(all["answers"].as_array().unwrap().len(), 60);
}
