package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.io.CompressionCodec;
import org.apache.spark.io.CompressionCodec$;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Tuple2;

/** The compression libraries that the build takes in other versions than Spark asks for. */
class CodecsTest {
  private static SparkSession session;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    session = TestSpark.open("local[2]"); // whose shuffles and broadcasts are compressed with lz4
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lz4", "zstd", "snappy"})
  void streamsOfShufflesAndBroadcastsComeBack(String name) throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 50_000, 200_000, (byte) 7);
    CompressionCodec codec = codec(name);
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = codec.compressedOutputStream(compressed)) {
      out.write(bytes);
    }
    assertThat(compressed.size()).isLessThan(200_000);
    byte[] twice = new byte[2 * compressed.size()]; // files of a shuffle are put one behind another
    System.arraycopy(compressed.toByteArray(), 0, twice, 0, compressed.size());
    System.arraycopy(compressed.toByteArray(), 0, twice, compressed.size(), compressed.size());
    try (InputStream in = codec.compressedInputStream(new ByteArrayInputStream(twice))) {
      assertThat(in.readNBytes(bytes.length)).isEqualTo(bytes);
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
  }

  private static CompressionCodec codec(String name) {
    return CompressionCodec$.MODULE$.createCodec(new SparkConf(), name);
  }

  @Test
  void aShuffleBringsAllRows() {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    assertThat(
            spark
                .parallelize(IntStream.range(0, 20_000).boxed().toList(), 4)
                .mapToPair(i -> new Tuple2<>(i % 100, (long) i))
                .reduceByKey(Long::sum, 3)
                .values()
                .reduce(Long::sum))
        .isEqualTo(199_990_000L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lz4_raw", "lz4", "zstd", "snappy", "gzip"})
  void parquetIsRead(String name) {
    String file = folder.resolve("data.parquet").toString();
    session
        .range(1000)
        .selectExpr("concat('text ', id) as text", "if(id % 2 = 0, 'a', 'b') as label")
        .coalesce(1)
        .write()
        .option("compression", name)
        .parquet(file);
    try (ExampleRows<Example> rows =
        ExampleReader.read(session, "task", List.of(file), Columns.defaults(), true)) {
      assertThat(rows.examples().collect())
          .hasSize(1000)
          .startsWith(new Example("text 0", null, "a"), new Example("text 1", null, "b"));
    }
  }
}
