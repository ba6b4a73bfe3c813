package io.github.cola4j.spark.track;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir Path folder;

  @Test
  void theBytesAreThoseOfTensorBoardsOwnWriter() throws IOException {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss/train", 0.5);
    values.put("accuracy", 0.75);
    EventFile file = EventFile.create(folder.resolve("a/events"), 1.5, 7);
    file.add(2.25, 7, values);
    try (InputStream golden = getClass().getResourceAsStream("/goldens/tensorboard/events.bin")) {
      assertThat(file.file()).hasBinaryContent(golden.readAllBytes());
    }
  }

  @Test
  void checksumsAreCrc32cAndMasked() {
    // RFC 3720 gives e3069283 for these digits
    int crc = 0xe3069283;
    byte[] digits = "x123456789".getBytes(US_ASCII);
    assertThat(EventFile.masked(digits, 1, 9)).isEqualTo(Integer.rotateRight(crc, 15) + 0xa282ead8);
  }

  @Test
  void anEventIsFramedByItsLength() {
    byte[] record = EventFile.record(new byte[300]);
    assertThat(record).hasSize(8 + 4 + 300 + 4).startsWith(300 - 256, 1, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void aFileThatIsThereIsNotWrittenTo() throws IOException {
    Path there = Files.createFile(folder.resolve("events"));
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> EventFile.create(there, 1, 0))
        .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
  }
}
