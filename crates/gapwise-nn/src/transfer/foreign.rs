//! Networks of other programs that are not among ours, known by the names of their tensors.

use crate::weights::WeightFile;

/// What tells a network: a part of a name, with `#` for any number and `*` for any one piece between
/// dots. The first that is found counts, so that the more particular ones stand first.
///
/// **Source**: the modules of torchvision 0.29, timm 1.0 and Hugging Face's `transformers` 4.x.
const NETWORKS: [(&str, &[&str]); 38] = [
    ("DeiT", &["dist_token"]),
    ("CLIP", &["visual.class_embedding", "vision_model.*", "visual.transformer.*"]),
    ("BEiT", &["beit.*"]),
    ("DINOv2", &["register_tokens", "dinov2.*"]),
    ("ViT", &["cls_token", "class_token", "vit.*"]),
    ("Swin Transformer", &["relative_position_bias_table", "swin.*", "swinv2.*"]),
    ("BERT", &["embeddings.word_embeddings", "bert.*"]),
    ("GPT-2", &["h.#.attn.c_attn", "transformer.h.#"]),
    ("a language model", &["model.layers.#.self_attn", "embed_tokens"]),
    (
        "ConvNeXt",
        &[
            "features.#.#.layer_scale",
            "downsample_layers.#",
            "stages.#.blocks.#.conv_dw",
            "convnext.*",
            "convnextv2.*",
        ],
    ),
    ("MaxViT", &["blocks.#.layers.#.layers.MBconv", "stages.#.blocks.#.attn_block"]),
    ("EfficientNet", &["features.#.#.block.#", "_conv_stem", "efficientnet.*"]),
    ("MobileNetV3", &["features.#.block.#", "mobilenet_v3.*"]),
    ("MobileNetV2", &["features.#.conv.#", "mobilenet_v2.*"]),
    ("MobileNet", &["mobilenet_v1.*"]),
    ("MobileViT", &["mobilevit.*"]),
    ("DenseNet", &["denseblock#.*", "features.denseblock1.denselayer1", "densenet.*"]),
    ("SqueezeNet", &["features.#.squeeze"]),
    ("Inception v3", &["Mixed_5b", "Conv2d_1a_3x3"]),
    ("Inception-ResNet v2", &["conv2d_1a", "repeat.#.branch0"]),
    ("Inception v4", &["features.#.branch0"]),
    ("Xception", &["block#.rep", "block1.rep", "block12.rep"]),
    ("ShuffleNetV2", &["stage2.#.branch2"]),
    ("RegNet", &["trunk_output", "s1.b1", "regnet.*"]),
    ("MNASNet", &["layers.#.#.layers.#"]),
    ("HRNet", &["stage2.#.branches"]),
    ("PoolFormer", &["poolformer.*"]),
    ("SegFormer", &["segformer.*"]),
    ("LeViT", &["levit.*"]),
    ("CvT", &["cvt.*"]),
    ("NFNet", &["stages.#.#.attn_last"]),
    ("MLP-Mixer", &["blocks.#.mlp_tokens"]),
    ("YOLO", &["model.0.conv", "model.22.dfl", "model.24.m"]),
    ("SSD", &["backbone.scale_weight"]),
    ("SENet", &["layer1.#.se", "layer1.#.se_module"]),
    ("Res2Net", &["layer1.#.convs.#"]),
    ("ResNet-D", &["conv1.0.weight", "layer1.#.downsample.2"]),
    ("a U-Net", &["up1.up", "ups.#", "up_blocks.#"]),
];

/// The network whose weights these are, by its name in the field, where it is not among ours and is
/// known.
pub fn foreign_network(file: &WeightFile) -> Option<&'static str> {
    let names: Vec<Vec<&str>> =
        file.tensors().iter().map(|tensor| tensor.name().split('.').collect()).collect();
    let any = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('.').collect();
        names.iter().any(|name| has(name, &pattern))
    };
    if any("conv_stem.weight") && any("blocks.0.0") {
        // timm has one class for both, of which only one has squeeze-and-excitation throughout.
        return Some(match (any("conv_head.bias"), any("se.conv_reduce")) {
            (true, _) => "MobileNetV3",
            (false, true) => "EfficientNet",
            (false, false) => "MobileNetV2",
        });
    }
    let known = NETWORKS.iter().find(|(_, patterns)| patterns.iter().any(|pattern| any(pattern)));
    known.map(|(network, _)| *network).or_else(|| wide_resnet(file))
}

/// Networks that have the names of a ResNet and other shapes.
fn wide_resnet(file: &WeightFile) -> Option<&'static str> {
    let shape = |name: &str| {
        let found = file.tensors().iter().find(|tensor| tensor.name().ends_with(name));
        found.map(|tensor| tensor.shape())
    };
    match (shape("layer1.0.conv1.weight")?, shape("layer1.0.conv2.weight")?) {
        // A group of filters reads a part of the channels alone.
        (_, &[filters, channels, 3, 3]) if channels < filters => Some("ResNeXt"),
        (&[filters, _, 1, 1], _) if filters > 64 => Some("Wide ResNet"),
        _ => None,
    }
}

/// Whether a name has the pattern anywhere, a whole piece for each of the pattern's.
fn has(name: &[&str], pattern: &[&str]) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |piece: &str, wanted: &str| match wanted.strip_suffix('#') {
        Some(before) => piece.strip_prefix(before).is_some_and(digits),
        None => wanted == "*" || piece == wanted,
    };
    let begins = |at: &[&str]| at.iter().zip(pattern).all(|(piece, wanted)| fits(piece, wanted));
    name.windows(pattern.len()).any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[(&str, &[usize])]) -> Option<&'static str> {
        foreign_network(&WeightFile::of_shapes(names))
    }

    /// Names as their programs write them.
    #[test]
    fn networks_are_known_by_a_name_of_theirs() {
        for (name, network) in [
            ("features.1.0.block.0.0.weight", "EfficientNet"),
            ("_conv_stem.weight", "EfficientNet"),
            ("features.1.conv.0.0.weight", "MobileNetV2"),
            ("features.1.block.0.0.weight", "MobileNetV3"),
            ("features.denseblock1.denselayer1.norm1.weight", "DenseNet"),
            ("features.1.0.layer_scale", "ConvNeXt"),
            ("downsample_layers.0.0.weight", "ConvNeXt"),
            ("convnext.embeddings.patch_embeddings.weight", "ConvNeXt"),
            ("Conv2d_1a_3x3.conv.weight", "Inception v3"),
            ("features.1.0.attn.relative_position_bias_table", "Swin Transformer"),
            ("layers.0.blocks.0.attn.relative_position_bias_table", "Swin Transformer"),
            ("class_token", "ViT"),
            ("vit.embeddings.cls_token", "ViT"),
            ("trunk_output.block1.block1-0.f.a.0.weight", "RegNet"),
            ("regnet.embedder.embedder.convolution.weight", "RegNet"),
            ("stage2.0.branch2.0.weight", "ShuffleNetV2"),
            ("features.3.squeeze.weight", "SqueezeNet"),
            ("layers.8.0.layers.0.weight", "MNASNet"),
            ("model.backbone.bert.encoder.layer.0.output.dense.weight", "BERT"),
        ] {
            assert_eq!(of(&[(name, &[1])]), Some(network), "{name}");
        }
        // What the networks here have too tells nothing.
        for name in
            ["features.0.weight", "layer1.0.conv1.weight", "blocks.0.0.conv.weight", "conv1.weight"]
        {
            assert_eq!(of(&[(name, &[1])]), None, "{name}");
        }
    }

    #[test]
    fn wide_and_grouped_resnets_are_known_by_their_shapes() {
        let blocks = |first: [usize; 4], second: [usize; 4]| {
            of(&[("layer1.0.conv1.weight", &first), ("layer1.0.conv2.weight", &second)])
        };
        assert_eq!(blocks([128, 64, 1, 1], [128, 128, 3, 3]), Some("Wide ResNet"));
        assert_eq!(blocks([128, 64, 1, 1], [128, 4, 3, 3]), Some("ResNeXt"));
        assert_eq!(blocks([64, 64, 1, 1], [64, 64, 3, 3]), None);
        assert_eq!(blocks([64, 64, 3, 3], [64, 64, 3, 3]), None);
    }
}
