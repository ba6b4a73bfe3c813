package io.github.cola4j.model;

import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.image.ImageProcessor.Colour;
import io.github.cola4j.data.image.ImageSize;
import io.github.cola4j.data.image.Resampling;
import java.util.Set;

/**
 * Reads {@code preprocessor_config.json} as transformers' {@code ViTImageProcessor} does. What is
 * left out has that class's default; what is not computed is refused by name.
 */
final class ImageProcessors {
  private static final String TYPE = "image_processor_type";
  private static final String SIZE = "size";

  /** What is read, and what says nothing of the numbers. */
  private static final Set<String> KNOWN =
      Set.of(
          TYPE,
          SIZE,
          "feature_extractor_type",
          "processor_class",
          "_processor_class",
          "do_resize",
          "resample",
          "do_rescale",
          "rescale_factor",
          "do_normalize",
          "image_mean",
          "image_std",
          "do_convert_rgb",
          "do_center_crop",
          "do_pad",
          "crop_size",
          "pad_size",
          "default_to_square",
          "data_format",
          "input_data_format",
          "return_tensors",
          "device",
          "disable_grouping",
          "image_seq_length");

  private ImageProcessors() {}

  /**
   * The processor of a model.
   *
   * @param json the file's content
   * @param source its name, for messages
   * @throws IllegalArgumentException if it says something that is not computed, or the model takes
   *     images of another size
   */
  static ImageProcessor read(String json, String source, Encoder encoder) {
    ConfigKeys keys = ConfigKeys.parse(json, source);
    keys.requireOnly(KNOWN, key -> true, "CoLA4J computes nothing like it");
    if (keys.has(TYPE) && !keys.text(TYPE, "").startsWith("ViTImageProcessor")) {
      throw keys.wrong(TYPE, "ViTImageProcessor, as others compute otherwise");
    }
    refuse(keys, "do_center_crop");
    refuse(keys, "do_pad");
    boolean resize = keys.flag("do_resize", true);
    int filter = keys.count("resample", 2);
    Resampling resampling = Resampling.of(filter);
    if (resize && resampling == null) {
      throw keys.wrong("resample", "1 (Lanczos), 2 (bilinear) or 3 (bicubic)");
    }
    ImageSize size = encoder.imageSize();
    if (resize && !size(keys).equals(size)) {
      throw keys.wrong(SIZE, size + ", the image_size of config.json");
    }
    boolean normalise = keys.flag("do_normalize", true);
    return new ImageProcessor(
        size,
        resize ? resampling : null,
        keys.flag("do_rescale", true) ? keys.number("rescale_factor", 1 / 255.0) : 1,
        normalise ? colour(keys, "image_mean", 0.5) : colour(0),
        normalise ? colour(keys, "image_std", 0.5) : colour(1),
        encoder.config().maxPositions());
  }

  private static void refuse(ConfigKeys keys, String flag) {
    if (keys.flag(flag, false)) {
      throw keys.wrong(flag, "false or absent: images are resized, and neither cut nor padded");
    }
  }

  /** A number for both, or height and width. */
  private static ImageSize size(ConfigKeys keys) {
    if (!keys.has(SIZE) || !keys.root().get(SIZE).isObject()) {
      int side = keys.size(SIZE, 224);
      return new ImageSize(side, side);
    }
    ConfigKeys sides = keys.object(SIZE);
    if (!sides.has("height") || !sides.has("width") || sides.root().size() != 2) {
      throw keys.wrong(SIZE, "a number, or an object of height and width");
    }
    return new ImageSize(sides.size("height"), sides.size("width"));
  }

  private static Colour colour(double each) {
    return new Colour(each, each, each);
  }

  private static Colour colour(ConfigKeys keys, String key, double otherwise) {
    if (!keys.has(key)) {
      return colour(otherwise);
    }
    if (keys.root().get(key).isNumber()) {
      return colour(keys.number(key));
    }
    double[] channels = keys.numbers(key);
    if (channels.length != 3) {
      throw keys.wrong(key, "a number, or one for each of red, green and blue");
    }
    return new Colour(channels[0], channels[1], channels[2]);
  }
}
