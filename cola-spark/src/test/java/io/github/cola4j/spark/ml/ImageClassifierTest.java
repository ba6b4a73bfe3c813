package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyImages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in Spark ML: of both of Spark's sources. */
class ImageClassifierTest extends LocalSparkTest {
  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    TinyRows.quicken(session);
    TinyImages.write(folder, 0, 15);
  }

  private static Dataset<Row> files() {
    return session
        .read()
        .format("binaryFile")
        .option("recursiveFileLookup", "true")
        .load(folder.toString())
        .withColumn("label", functions.element_at(functions.split(functions.col("path"), "/"), -2));
  }

  private static Dataset<Row> structs() {
    return session
        .read()
        .format("image")
        .load(folder + "/columns", folder + "/rows")
        .withColumn(
            "label", functions.element_at(functions.split(functions.col("image.origin"), "/"), -2));
  }

  private static ColaClassifier classifier() {
    return TinyRows.classifier()
        .setModel(TinyImages.VIT.toString())
        .setEpochs(6)
        .setHeadLearningRate(0.05);
  }

  /** A column's values by the names of the files. */
  private static Map<String, String> byFile(Dataset<Row> rows, String file, String column) {
    Map<String, String> values = new TreeMap<>();
    for (Row row : rows.select(functions.col(file), functions.col(column)).collectAsList()) {
      values.put(Path.of(URI.create(row.getString(0))).toString(), row.getString(1));
    }
    return values;
  }

  @Test
  void bytesAndStructsOfTheSameImagesGetTheSameAnswers() throws IOException {
    ColaClassificationModel model = classifier().setImageCol("content").fit(files());
    Map<String, String> answers = byFile(model.transform(files()), "path", "predictedLabel");
    assertThat(answers).hasSize(30).isEqualTo(byFile(files(), "path", "label"));
    String path = folder.resolve("../model").toString();
    model.write().overwrite().save(path);
    ColaClassificationModel again = ColaClassificationModel.load(path);
    assertThat(again.getImageCol()).isEqualTo("content");
    Dataset<Row> ofStructs = again.setImageCol("image").transform(structs());
    assertThat(byFile(ofStructs, "image.origin", "predictedLabel")).isEqualTo(answers);
  }

  @Test
  void tokensAreMerged() {
    ColaClassifier classifier =
        classifier()
            .setModel(TinyImages.MERGING.toString())
            .setImageCol("content")
            .setTokenMerging("10, 5,0,3")
            .setTokenModulation(true);
    TokenMerging merging = new TokenMerging(List.of(10, 5, 0, 3), true);
    assertThat(classifier.adapterConfig().tokenMerging()).isEqualTo(merging);
    Map<String, String> answers =
        byFile(classifier.fit(files()).transform(files()), "path", "predictedLabel");
    assertThat(answers).hasSize(30).isEqualTo(byFile(files(), "path", "label"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setTokenMerging("1,x"))
        .withMessageContaining("param tokenMerging: expected low, high or a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setTokenMerging("1,2").fit(files()))
        .withMessageContaining("has 2 numbers, the model has 4 blocks");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setTokenMerging("").fit(files()))
        .withMessageContaining("tokenModulation is of tokens that are merged; set tokenMerging");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyRows.classifier().setTokenMerging("1,2").fit(TinyRows.rows(2, 20)))
        .withMessageContaining("tokenMerging needs a vision transformer (model_type vit)");
  }

  @Test
  void aBadImageHasAReason() {
    ColaClassificationModel model =
        classifier().setEpochs(1).setImageCol("image").fit(structs()).setReasonCol("why");
    Row row =
        model
            .setImageCol("content")
            .transform(files().limit(1).withColumn("content", functions.lit(new byte[] {1, 2})))
            .first();
    assertThat(row.<String>getAs("why")).startsWith("column 'content' is no PNG or JPEG");
    assertThat(row.<String>getAs("predictedLabel")).isNull();
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier().setTextCol("path").fit(files()))
        .withMessageContaining("classifies images; set imageCol to their column");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyRows.classifier().setImageCol("content").fit(files()))
        .withMessageContaining("images need a vision transformer such as a ViT");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier().setImageCol("path").fit(files()))
        .withMessageContaining("imageCol 'path' is of type string, expected bytes, or a struct");
  }
}
