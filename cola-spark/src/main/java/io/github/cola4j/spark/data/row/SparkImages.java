package io.github.cola4j.spark.data.row;

import io.github.cola4j.data.image.ImageDecoder;
import io.github.cola4j.data.image.RgbImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Structs of Spark's data source {@code image}: rows of pixels, blue, green and red. They are read
 * as bytes: a line with their numbers, then the pixels.
 */
public final class SparkImages {
  private static final List<String> FIELDS =
      List.of("origin", "height", "width", "nChannels", "mode", "data");
  private static final String MARK = "spark-image";

  /** OpenCV's numbers of images of bytes, with their channels. */
  private static final Map<Integer, Integer> CHANNELS_BY_MODE = Map.of(0, 1, 16, 3, 24, 4);

  private SparkImages() {}

  /** Whether values of a type are images. */
  public static boolean isOne(DataType type) {
    return type instanceof StructType struct && Arrays.asList(struct.fieldNames()).equals(FIELDS);
  }

  /** A column of images as bytes. */
  public static Column bytes(Column image) {
    Column header =
        functions.concat_ws(
            " ",
            functions.lit(MARK),
            image.getField("height").cast("string"),
            image.getField("width").cast("string"),
            image.getField("nChannels").cast("string"),
            image.getField("mode").cast("string"),
            functions.lit("\n"));
    return functions.concat(header.cast("binary"), image.getField("data"));
  }

  /**
   * The bytes of an image's file: as they are, or of such a struct a portable pixel map.
   *
   * @throws IllegalArgumentException if the struct has no image that can be read
   */
  public static byte[] file(byte[] content) {
    byte[] mark = (MARK + " ").getBytes(StandardCharsets.US_ASCII);
    if (content.length < mark.length
        || !Arrays.equals(content, 0, mark.length, mark, 0, mark.length)) {
      return content;
    }
    int end = 0;
    while (end < content.length && content[end] != '\n') {
      end++;
    }
    if (end == content.length) {
      throw new IllegalArgumentException("is damaged: a struct of Spark's image source in part");
    }
    int[] numbers =
        Arrays.stream(new String(content, 0, end, StandardCharsets.US_ASCII).strip().split(" "))
            .skip(1)
            .mapToInt(Integer::parseInt)
            .toArray();
    if (numbers.length != 4
        || !Integer.valueOf(numbers[2]).equals(CHANNELS_BY_MODE.get(numbers[3]))) {
      throw new IllegalArgumentException(
          "is no image of bytes: a struct of Spark's image source with mode "
              + (numbers.length == 4 ? numbers[3] + " and channels " + numbers[2] : "unknown"));
    }
    int height = numbers[0];
    int width = numbers[1];
    int channels = numbers[2];
    long size = (long) height * width * channels;
    if (height < 1 || width < 1 || size != content.length - end - 1) {
      throw new IllegalArgumentException(
          String.format(
              "is damaged: %d × %d pixels of %d channels in %d bytes",
              width, height, channels, content.length - end - 1));
    }
    byte[] pixels = new byte[Math.multiplyExact(RgbImage.CHANNELS, height * width)];
    int at = end + 1;
    for (int i = 0; i < height * width; i++) {
      for (int c = 0; c < RgbImage.CHANNELS; c++) {
        int channel = channels == 1 ? 0 : RgbImage.CHANNELS - 1 - c;
        pixels[RgbImage.CHANNELS * i + c] = content[at + channel];
      }
      at += channels;
    }
    return ImageDecoder.portable(new RgbImage(pixels, height, width)).content();
  }
}
