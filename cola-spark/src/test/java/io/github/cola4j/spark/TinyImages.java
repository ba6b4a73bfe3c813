package io.github.cola4j.spark;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Drawn images of two kinds, which a tiny Vision Transformer tells apart: rows and columns. */
public final class TinyImages {
  /** The kinds, sorted. */
  public static final List<String> KINDS = List.of("columns", "rows");

  private TinyImages() {}

  /** The Vision Transformer of the golden values: three layers, width 12, images of 10 × 13. */
  public static final Path VIT = TinyModel.FOLDER.resolve("../../encoder/vit/model").normalize();

  /** That of those that merge tokens: four layers, width 12, images of 20 × 28, 36 tokens. */
  public static final Path MERGING = TinyModel.FOLDER.resolve("../../merging/model").normalize();

  /** An image of a kind. */
  public static BufferedImage draw(int kind, int number) {
    Random random = new Random(31L * number + kind);
    int width = 20 + random.nextInt(30);
    int height = 20 + random.nextInt(30);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(20 + random.nextInt(40), 20, 30));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(kind == 0 ? new Color(240, 220, 90) : new Color(60, 120, 250));
    for (int stripe = random.nextInt(6); stripe < 60; stripe += 12) {
      if (kind == 0) {
        graphics.fillRect(stripe, 0, 6, height);
      } else {
        graphics.fillRect(0, stripe, width, 6);
      }
    }
    graphics.dispose();
    return image;
  }

  /** The bytes of its file. */
  public static byte[] bytes(int kind, int number, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(draw(kind, number), format, out);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Files of both kinds, {@code folder/kind/number.png}, every third a JPEG.
   *
   * @param first the first number
   * @param count of each kind
   */
  public static Path write(Path folder, int first, int count) throws IOException {
    for (int kind = 0; kind < KINDS.size(); kind++) {
      Path own = Files.createDirectories(folder.resolve(KINDS.get(kind)));
      for (int number = first; number < first + count; number++) {
        String format = number % 3 == 2 ? "jpg" : "png";
        Files.write(own.resolve(number + "." + format), bytes(kind, number, format));
      }
    }
    return folder;
  }
}
