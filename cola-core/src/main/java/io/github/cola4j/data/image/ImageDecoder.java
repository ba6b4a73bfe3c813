package io.github.cola4j.data.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes the bytes of PNG, JPEG and binary PPM files to red, green and blue as Pillow's {@code
 * convert("RGB")} does: grey is repeated, alpha is left out, a palette is looked up, of 16 bits of
 * a colour the higher 8 count, and colour profiles and the orientation that a camera notes are not
 * looked at. The size is read first, so that a file that claims to be huge takes no memory.
 */
public final class ImageDecoder {
  /** Pixels of an image at most: some 200 MB decoded. */
  public static final int MAX_PIXELS = 1 << 26;

  private static final Set<String> FORMATS = Set.of("png", "jpeg");
  private static final byte[] PPM = {'P', '6', '\n'};

  /** The JDK's reader warns so of a JPEG that ends too soon, which it fills with grey. */
  private static final String TRUNCATED = "EOI";

  private ImageDecoder() {}

  /**
   * Decodes an image.
   *
   * @throws IllegalArgumentException if it is none, damaged, too large or of another format; the
   *     message begins with what is wrong, in words that many images have in common up to a colon
   */
  public static RgbImage decode(byte[] content) {
    if (content.length >= PPM.length && Arrays.equals(content, 0, PPM.length, PPM, 0, PPM.length)) {
      return portable(content);
    }
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      ImageReader reader = reader(in, content.length);
      try {
        return decode(reader, in);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private static ImageReader reader(ImageInputStream in, int length) throws IOException {
    var readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        return reader;
      }
      reader.dispose();
    }
    throw new IllegalArgumentException(
        "is no PNG or JPEG: " + length + " bytes that begin otherwise; convert the image");
  }

  private static RgbImage decode(ImageReader reader, ImageInputStream in) {
    AtomicReference<String> truncated = new AtomicReference<>();
    try {
      reader.setInput(in, /* seekForwardOnly= */ true, /* ignoreMetadata= */ true);
      reader.addIIOReadWarningListener(
          (source, warning) -> {
            if (warning.contains(TRUNCATED)) {
              truncated.set(warning);
            }
          });
      requireSize(reader.getWidth(0), reader.getHeight(0));
      BufferedImage image = reader.read(0);
      if (truncated.get() != null) {
        throw new IllegalArgumentException("is damaged: " + truncated.get());
      }
      return rgb(image);
    } catch (IOException
        | IndexOutOfBoundsException
        | NegativeArraySizeException
        | NullPointerException
        | IllegalStateException e) { // what decoders throw on nonsense
      throw damaged(e);
    }
  }

  private static IllegalArgumentException damaged(Exception e) {
    return new IllegalArgumentException("is damaged: " + e.getMessage(), e);
  }

  private static void requireSize(int width, int height) {
    if (width < 1 || height < 1 || (long) width * height > MAX_PIXELS) {
      throw new IllegalArgumentException(
          String.format(
              "is too large: %d × %d pixels, at most %d in all are decoded; make it smaller",
              width, height, MAX_PIXELS));
    }
  }

  /** The values as they are stored: {@link BufferedImage#getRGB} would convert colour spaces. */
  private static RgbImage rgb(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    byte[] pixels = new byte[RgbImage.CHANNELS * height * width];
    if (image.getColorModel() instanceof IndexColorModel palette) {
      indexed(image.getRaster(), palette, pixels);
    } else {
      direct(image.getRaster(), pixels);
    }
    return new RgbImage(pixels, height, width);
  }

  private static void indexed(Raster raster, IndexColorModel palette, byte[] pixels) {
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int index : row) {
        pixels[at++] = (byte) palette.getRed(index);
        pixels[at++] = (byte) palette.getGreen(index);
        pixels[at++] = (byte) palette.getBlue(index);
      }
    }
  }

  private static void direct(Raster raster, byte[] pixels) {
    int bands = raster.getNumBands();
    boolean grey = bands < RgbImage.CHANNELS;
    boolean wide = raster.getDataBuffer().getDataType() == DataBuffer.TYPE_USHORT;
    if (grey && wide) {
      throw new IllegalArgumentException(
          "has 16 bits of grey: expected 8, since what they mean is not known; convert the image");
    }
    int[] row = new int[raster.getWidth() * bands];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, raster.getWidth(), 1, row);
      for (int x = 0; x < row.length; x += bands) {
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
          int value = row[x + (grey ? 0 : c)];
          pixels[at++] = (byte) (wide ? value >> 8 : value);
        }
      }
    }
  }

  /**
   * Pixels as a binary PPM, which {@link #decode} reads: how images that come without a file
   * travel.
   */
  public static ImageBytes portable(RgbImage image) {
    byte[] header =
        ("P6\n" + image.width() + " " + image.height() + "\n255\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] content = Arrays.copyOf(header, header.length + image.pixels().length);
    System.arraycopy(image.pixels(), 0, content, header.length, image.pixels().length);
    return new ImageBytes(content);
  }

  /** Of the form that {@link #portable(RgbImage)} writes, without comments. */
  private static RgbImage portable(byte[] content) {
    int[] numbers = new int[RgbImage.CHANNELS]; // width, height, the largest value
    int at = PPM.length;
    for (int i = 0; i < numbers.length; i++) {
      int first = at;
      while (at < content.length && Character.isDigit(content[at]) && at - first < 9) {
        numbers[i] = 10 * numbers[i] + content[at++] - '0';
      }
      if (at == first || at == content.length || !Character.isWhitespace(content[at++])) {
        throw new IllegalArgumentException("is damaged: a PPM without width, height and 255");
      }
    }
    requireSize(numbers[0], numbers[1]);
    if (numbers[2] != 255) {
      throw new IllegalArgumentException(
          "is no image of bytes: a PPM with values to " + numbers[2]);
    }
    byte[] pixels = Arrays.copyOfRange(content, at, content.length);
    if (pixels.length != RgbImage.CHANNELS * numbers[0] * numbers[1]) {
      throw new IllegalArgumentException(
          "is damaged: a PPM with " + pixels.length + " bytes of pixels");
    }
    return new RgbImage(pixels, numbers[1], numbers[0]);
  }
}
