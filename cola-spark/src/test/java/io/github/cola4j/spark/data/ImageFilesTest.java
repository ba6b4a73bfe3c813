package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.image.ImageDecoder;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyImages;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images as rows: of files, of Spark's sources, and those that are none. */
class ImageFilesTest extends LocalSparkTest {
  private static final Columns IMAGES = Columns.ofImages();

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    TinyImages.write(folder, 0, 3);
  }

  private record Result(List<Example> examples, List<BadRow> bad, Map<String, Long> kinds) {}

  private static Result read(Columns columns, boolean labelled, String path) {
    try (ExampleRows<Example> rows =
        ExampleReader.read(session, "t", List.of(path), columns, labelled)) {
      return result(rows);
    }
  }

  private static Result result(ExampleRows<Example> rows) {
    return new Result(rows.examples().collect(), rows.bad().collect(), rows.badByKind());
  }

  private static Result read(Columns columns, Dataset<Row> table) {
    try (ExampleRows<Example> rows =
        RowReader.read(
            "t", "table", table, ExampleReader.rule(columns, true, ProblemType.SINGLE_LABEL))) {
      return result(rows);
    }
  }

  private static byte[] pixels(Example example) {
    return ImageDecoder.decode(example.image().content()).pixels();
  }

  @Test
  void aFileIsARowWithItsFoldersNameAsLabel() throws IOException {
    Result result = read(IMAGES, true, folder + "/*/*");
    assertThat(result.bad()).isEmpty();
    assertThat(result.examples())
        .extracting(Example::label)
        .containsExactly("columns", "columns", "columns", "rows", "rows", "rows");
    Example first = result.examples().get(0);
    assertThat(first.text()).isEqualTo(folder.resolve("columns/0.png").toString());
    assertThat(first.image().content()).isEqualTo(TinyImages.bytes(0, 0, "png"));
    assertThat(first.weight()).isEqualTo(1);
    assertThat(read(IMAGES, false, folder + "/rows/2.jpg").examples())
        .singleElement()
        .satisfies(example -> assertThat(example.label()).isNull());
  }

  @Test
  void aFolderThatIsAColumnHasTheLabelInItsValue() throws IOException {
    Files.move(folder.resolve("rows"), folder.resolve("label=lines"));
    assertThat(read(IMAGES, true, folder + "/label=lines").examples())
        .extracting(Example::label)
        .containsOnly("lines");
  }

  @Test
  void badImagesAreSetApart() throws IOException {
    byte[] image = TinyImages.bytes(0, 2, "jpg");
    Files.write(folder.resolve("rows/cut.jpg"), Arrays.copyOf(image, image.length / 2));
    Files.writeString(folder.resolve("rows/text.png"), "no image at all");
    Result result = read(IMAGES, true, folder + "/*");
    assertThat(result.examples()).hasSize(6);
    assertThat(result.kinds())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("column 'image' is damaged", 1L, "column 'image' is no PNG or JPEG", 1L));
    assertThat(result.bad())
        .extracting(BadRow::file, BadRow::content)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(
                folder.resolve("rows/cut.jpg").toString(),
                folder.resolve("rows/cut.jpg").toString()),
            org.assertj.core.groups.Tuple.tuple(
                folder.resolve("rows/text.png").toString(),
                folder.resolve("rows/text.png").toString()));
  }

  @Test
  void columnsThatFilesOfImagesDoNotHave() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(IMAGES.withLabel("kind"), true, folder + "/rows"))
        .withMessageContaining("column 'kind' is not in")
        .withMessageContaining("it has image, path, label");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Columns.defaults(), true, folder + "/rows"))
        .withMessageContaining("column 'text' is not in");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IMAGES.withPair("second"))
        .withMessageContaining("an image or a pair of texts");
  }

  /** Of Parquet, too, which is read by its schema. */
  @Test
  void rowsOfSparksBinaryFiles() {
    Dataset<Row> files =
        session
            .read()
            .format("binaryFile")
            .option("recursiveFileLookup", "true")
            .load(folder.toString())
            .withColumn(
                "kind", functions.element_at(functions.split(functions.col("path"), "/"), -2));
    Columns columns = Columns.defaults().withImage("content").withLabel("kind");
    Result table = read(columns, files);
    assertThat(table.bad()).isEmpty();
    assertThat(table.examples()).hasSize(6);
    String parquet = folder.resolve("files.parquet").toString();
    files.write().parquet(parquet);
    Result stored = read(columns, true, parquet);
    assertThat(stored.examples()).containsExactlyInAnyOrderElementsOf(table.examples());
    assertThat(stored.examples())
        .extracting(Example::image)
        .containsExactlyInAnyOrderElementsOf(
            read(IMAGES, true, folder + "/{rows,columns}").examples().stream()
                .map(Example::image)
                .toList());
  }

  @Test
  void structsOfSparksImageSourceHaveTheSamePixels() {
    Dataset<Row> images =
        session
            .read()
            .format("image")
            .load(folder + "/columns", folder + "/rows")
            .withColumn("path", functions.col("image.origin"))
            .withColumn("label", functions.lit("one"))
            .orderBy("path");
    Result result = read(IMAGES, images);
    assertThat(result.bad()).isEmpty();
    List<Example> files = read(IMAGES, true, folder + "/*").examples();
    assertThat(result.examples()).hasSize(files.size());
    for (int i = 0; i < files.size(); i++) {
      assertThat(result.examples().get(i).text()).endsWith(files.get(i).text());
      assertThat(pixels(result.examples().get(i))).isEqualTo(pixels(files.get(i)));
    }
    String parquet = folder.resolve("images.parquet").toString();
    images.write().parquet(parquet);
    assertThat(read(IMAGES, true, parquet).examples())
        .containsExactlyInAnyOrderElementsOf(result.examples());
  }

  @Test
  void valuesThatAreNoImages() {
    StructType image =
        new StructType()
            .add("origin", "string")
            .add("height", "int")
            .add("width", "int")
            .add("nChannels", "int")
            .add("mode", "int")
            .add("data", "binary");
    StructType schema = new StructType().add("image", image).add("label", "string");
    Dataset<Row> rows =
        session.createDataFrame(
            List.of(
                RowFactory.create(RowFactory.create("", -1, -1, -1, -1, new byte[0]), "a"),
                RowFactory.create(RowFactory.create("", 1, 2, 3, 16, new byte[5]), "a"),
                RowFactory.create(null, "a"),
                RowFactory.create(RowFactory.create("", 1, 2, 1, 0, new byte[] {7, 8}), "a"),
                RowFactory.create(
                    RowFactory.create("", 1, 1, 4, 24, new byte[] {1, 2, 3, 4}), "a")),
            schema);
    Result result = read(IMAGES, rows);
    assertThat(result.kinds())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "column 'image' is no image of bytes",
                1L,
                "column 'image' is damaged",
                1L,
                "column 'image' is null",
                1L));
    assertThat(result.examples()).hasSize(2);
    assertThat(pixels(result.examples().get(0))).containsExactly(7, 7, 7, 8, 8, 8);
    assertThat(pixels(result.examples().get(1))).containsExactly(3, 2, 1);
    Dataset<Row> texts = rows.withColumn("image", functions.lit("a text"));
    assertThat(read(IMAGES, texts).kinds())
        .containsOnlyKeys(
            "column 'image' has no bytes; expected a PNG or JPEG, or a struct of Spark's image"
                + " source");
  }
}
