package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.file.NoSuchDataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files paths name, and files that are not what their names promise. */
class DataFilesTest {
  private static final String ROWS =
      IntStream.range(0, 2000)
          .mapToObj(i -> "{\"text\":\"t" + i * 7919 % 2003 + "\",\"label\":\"x\"}\n")
          .collect(Collectors.joining());
  private static final String ROW = "{\"text\":\"a\",\"label\":\"x\"}\n";

  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = TestSpark.open("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static ExampleRows<Example> open(String... paths) {
    return ExampleReader.read(spark, "t", List.of(paths), Columns.defaults(), true);
  }

  private static long count(Path path) {
    try (ExampleRows<Example> rows = open(path.toString())) {
      assertThat(rows.badCount()).isZero();
      return rows.exampleCount();
    }
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private Path write(String name, String content) throws IOException {
    return write(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private interface Packer {
    OutputStream open(OutputStream out) throws IOException;
  }

  private static final Map<String, Packer> PACKERS =
      Map.of(
          "gz", GZIPOutputStream::new,
          "bz2",
              out -> {
                BZip2Codec codec = new BZip2Codec();
                codec.setConf(new Configuration());
                return codec.createOutputStream(out);
              },
          "zst", ZstdOutputStreamNoFinalizer::new);

  private static byte[] pack(String ending, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = PACKERS.get(ending).open(bytes)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void compressedFilesMayHaveSeveralParts() throws IOException {
    for (String ending : PACKERS.keySet()) {
      ByteArrayOutputStream twice = new ByteArrayOutputStream();
      twice.write(pack(ending, ROWS));
      twice.write(pack(ending, ROW));
      Path file =
          write("a.JSONL." + ending.toUpperCase(java.util.Locale.ROOT), twice.toByteArray());

      assertThat(count(file)).as(ending).isEqualTo(2001);
    }
  }

  @Test
  void filesThatAreCutOrDamagedAreNamedAndNotTrainedOn() throws IOException {
    for (String format : List.of("jsonl", "csv", "json")) {
      String content =
          switch (format) {
            case "csv" ->
                "text,label\n" + "a,x\n".repeat(5) + ROWS.replaceAll("[{\"}]|text:|label:", "");
            case "json" -> "[" + ROWS.strip().replace("\n", ",\n") + "]";
            default -> ROWS;
          };
      for (String ending : PACKERS.keySet()) {
        byte[] whole = pack(ending, content);
        Path cut = write("cut." + format + "." + ending, Arrays.copyOf(whole, whole.length / 2));
        Path none = write("none." + format + "." + ending, content);

        assertThatIllegalArgumentException()
            .as(cut.toString())
            .isThrownBy(() -> count(cut))
            .withMessage(
                "task 't': %s ends early, in the middle of its compressed data; copy it again",
                cut);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> count(none))
            .withMessageStartingWith("task 't': " + none + " ends in ." + ending + " but is not ")
            .withMessageEndingWith(
                "; if it is unpacked already, take the ending away, else copy it again");
      }
    }
    byte[] damaged = pack("gz", ROWS);
    damaged[damaged.length - 8] ^= 1; // of the checksum
    Path file = write("damaged.jsonl.gz", damaged);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(file))
        .withMessageStartingWith("task 't': " + file + " is damaged and cannot be unpacked (");
  }

  @Test
  void endingsThatHideWhatAFileIsAreNamed() throws IOException {
    Path packed = write("a.jsonl", pack("gz", ROW));
    Path swapped = write("b.jsonl.gz", pack("zst", ROW));
    Path pointer =
        write("c.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
    Path xz = write("d.jsonl.xz", "\u00FD7zXZ");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(packed))
        .withMessage(
            "task 't': %s is no text but compressed by gzip; give it the ending .gz", packed);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(swapped))
        .withMessage(
            "task 't': %s ends in .gz but is not gzip: it is compressed by Zstandard; rename it",
            swapped);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(pointer))
        .withMessage(
            "task 't': %s is a git-lfs pointer and not the data; run 'git lfs pull' there",
            pointer);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(xz))
        .withMessage(
            "task 't': %s: .xz files are not unpacked; unpack it, or compress it by gzip, bzip2 or"
                + " zstd (.gz, .bz2, .zst)",
            xz);
  }

  @Test
  void aFileThatDiffersFromItsChecksumSaysSo() throws IOException {
    Path file = folder.resolve("a.jsonl");
    try (OutputStream out =
        FileSystem.getLocal(new Configuration())
            .create(new org.apache.hadoop.fs.Path("file", "", file.toString()))) {
      out.write(ROW.getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(file, ROW.replace("a", "b"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(file))
        .withMessage(
            "task 't': %s differs from its checksum in .a.jsonl.crc beside it; copy it again, or"
                + " delete the .crc file if the file was edited",
            file);
  }

  @Test
  void foldersThatAreNotReadAreNoticed() throws IOException {
    write("d/a.jsonl", ROW);
    write("d/2024/b.jsonl", ROW);
    write("d/2025/c.jsonl", ROW);
    write("d/_old/d.jsonl", ROW);
    Path data = folder.resolve("d");
    write("e/2024/b.jsonl", ROW);

    try (ExampleRows<Example> rows = open(data.toString())) {
      assertThat(rows.exampleCount()).isEqualTo(1);
      assertThat(rows.notices())
          .containsExactly(
              String.format(
                  "task 't': 2 folders are not read in %s: 2024, 2025; to read their files too,"
                      + " name %s/*",
                  data, data));
    }
    try (ExampleRows<Example> rows = open(data + "/[a2]*")) {
      assertThat(rows.exampleCount()).isEqualTo(3);
      assertThat(rows.notices()).isEmpty();
    }
    assertThatThrownBy(() -> open(folder.resolve("e").toString()))
        .isInstanceOf(NoSuchDataException.class)
        .hasMessage(
            "task 't': no file in folder file:%s; it has the folders 2024: name those",
            folder.resolve("e"));
  }

  @Test
  void namesMayHaveAnyCharacter() throws IOException {
    List<String> names =
        List.of(
            "a b.jsonl",
            "ü 数.jsonl",
            "[1].jsonl",
            "%20.jsonl",
            "a,b.jsonl",
            "{x}.jsonl",
            "?.jsonl");
    for (String name : names) {
      assertThat(count(write("d/" + name, ROW))).as(name).isEqualTo(1);
    }
    write("d/10:00.jsonl", ROW);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> count(folder.resolve("d/*.jsonl")))
        .withMessageStartingWith(
            "task 't': the glob " + folder + "/d/*.jsonl meets a name with a colon")
        .withMessageContaining("10:00.jsonl");
    assertThatThrownBy(() -> open("part:1.jsonl"))
        .isInstanceOf(NoSuchDataException.class)
        .hasMessageContaining("write ./part:1.jsonl for a file of this name");
    assertThatThrownBy(() -> open("nofs:/a.jsonl"))
        .isInstanceOf(NoSuchDataException.class)
        .hasMessageContaining("there is no file system for nofs here");
  }
}
