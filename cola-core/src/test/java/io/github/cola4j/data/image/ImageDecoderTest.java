package io.github.cola4j.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.model.Goldens;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static byte[] png() {
    return Goldens.bytes("images/rgb.png");
  }

  @Test
  void portablePixelsAreTheSame() {
    RgbImage image = ImageDecoder.decode(png());
    RgbImage again = ImageDecoder.decode(ImageDecoder.portable(image).content());
    assertThat(again.pixels()).isEqualTo(image.pixels());
    assertThat(again.width()).isEqualTo(image.width());
  }

  /** A header of 20 bytes that would take 10 GB. */
  @Test
  void aHugeSizeIsRefusedBeforeItTakesMemory() {
    byte[] png = png();
    ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageDecoder.decode(png))
        .withMessageStartingWith("is too large: 60000 × 60000 pixels, at most 67108864");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "colour.jpg", "progressive.jpg"})
  void half(String file) {
    byte[] whole = Goldens.bytes("images/" + file);
    byte[] half = Arrays.copyOf(whole, whole.length * 2 / 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageDecoder.decode(half))
        .withMessageStartingWith("is damaged: ");
  }

  @Test
  void somethingElse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageDecoder.decode("GIF89a, or a text".getBytes()))
        .withMessage("is no PNG or JPEG: 17 bytes that begin otherwise; convert the image");
    assertThatIllegalArgumentException().isThrownBy(() -> ImageDecoder.decode(new byte[0]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageDecoder.decode("P6\n3 x\n255\n".getBytes()))
        .withMessageStartingWith("is damaged: a PPM");
  }

  @Test
  void sixteenBits() throws IOException {
    BufferedImage grey = new BufferedImage(4, 3, BufferedImage.TYPE_USHORT_GRAY);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(grey, "png", out);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageDecoder.decode(out.toByteArray()))
        .withMessageStartingWith("has 16 bits of grey");
  }

  /** Whatever the bytes are, the answer is an image or a reason. */
  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "palette.png", "colour.jpg", "progressive.jpg"})
  void changedBytes(String file) {
    byte[] whole = Goldens.bytes("images/" + file);
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] changed = whole.clone();
      for (int n = 0; n < 1 + i % 4; n++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      try {
        RgbImage image = ImageDecoder.decode(changed);
        assertThat(image.pixels()).isNotEmpty();
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).matches("(?s)(is|has) [a-zA-Z0-9 ]+: .*");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void equalBytesAreEqualImages() {
    assertThat(new ImageBytes(png()))
        .isEqualTo(new ImageBytes(png()))
        .hasToString(new ImageBytes(png()).toString());
    assertThat(new ImageBytes(png()).toString()).matches("sha256:[0-9a-f]{64}");
    assertThat(new ImageBytes(png())).isNotEqualTo(new ImageBytes(new byte[] {1}));
    assertThatThrownBy(() -> new RgbImage(new byte[5], 1, 2))
        .hasMessage("expected 6 values of an image of 2 × 1 pixels, got 5");
  }
}
