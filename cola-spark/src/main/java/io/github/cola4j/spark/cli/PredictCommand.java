package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.spark.AdapterRunner;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.Quarantine;
import io.github.cola4j.spark.job.InvalidJobException;
import io.github.cola4j.spark.job.OutputFolder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola predict adapter --data file --output file}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = "Labels texts with a trained adapter; writes JSON lines.")
final class PredictCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADAPTER", description = "A folder such as OUTPUT/adapters/TASK.")
  private Path adapter;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where to write text, pair, label and probability, a JSON object a line.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces the output file.")
  private boolean overwrite;

  @Mixin private DataOptions data;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws IOException {
    OutputFolder.requireLocal(output.toString());
    if (Files.isDirectory(output)) {
      throw new InvalidJobException("output " + output + " is a folder; name a file", null);
    }
    if (Files.exists(output) && !overwrite) {
      throw new InvalidJobException(
          "output " + output + " exists; name another file, or allow --overwrite", null);
    }
    try (SparkSession session = spark.open("CoLA4J predict");
        AdapterRunner runner =
            new AdapterRunner(
                JavaSparkContext.fromSparkContext(session.sparkContext()), adapter, model);
        ExampleRows<Example> rows = data.read(session, runner.description().task(), false)) {
      long written = write(runner.predict(rows.examples()).toLocalIterator());
      System.out.printf("%d predictions: %s%n", written, output);
      Path bad = output.resolveSibling(output.getFileName() + ".bad.jsonl");
      if (rows.badCount() == 0) {
        Files.deleteIfExists(bad); // of an earlier run
      } else {
        Quarantine.write(bad, rows.firstBad(Math.toIntExact(rows.badCount())));
        System.out.printf("%d bad rows: %s%n", rows.badCount(), bad);
      }
      return 0;
    }
  }

  private long write(Iterator<AdapterRunner.Prediction> predictions) throws IOException {
    JsonMapper mapper = new JsonMapper();
    Path absolute = output.toAbsolutePath();
    Files.createDirectories(absolute.getParent());
    Path aside = absolute.resolveSibling(absolute.getFileName() + ".tmp");
    long count = 0;
    try {
      try (BufferedWriter lines = Files.newBufferedWriter(aside)) {
        while (predictions.hasNext()) {
          AdapterRunner.Prediction prediction = predictions.next();
          ObjectNode line = mapper.createObjectNode().put("text", prediction.example().text());
          if (prediction.example().pair() != null) {
            line.put("pair", prediction.example().pair());
          }
          line.put("label", prediction.label()).put("probability", prediction.probability());
          lines.write(mapper.writeValueAsString(line));
          lines.newLine();
          count++;
        }
      }
      Files.move(aside, absolute, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
    return count;
  }
}
