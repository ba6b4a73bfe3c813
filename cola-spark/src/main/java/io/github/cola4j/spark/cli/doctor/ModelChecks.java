package io.github.cola4j.spark.cli.doctor;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.nn.Kernels;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model's files, by loading them once as every command does. */
final class ModelChecks {
  private ModelChecks() {}

  static List<Finding> run(String location) {
    BaseModel model;
    try {
      Kernels.limitThreads(1);
      model = BaseModel.load(location);
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return List.of(
          new Finding(
              "model",
              e.getMessage().strip().replaceAll("\\s*\\R\\s*", " "),
              "see the message; the folder needs config.json, tokenizer.json and the weights as"
                  + " Hugging Face publishes them"));
    }
    TransformerConfig config = model.transformer().config();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        Finding.ok(
            "model",
            String.format(
                Locale.ROOT,
                "%s: %s, %d layers, every tensor as config.json says, %,d parameters, %s",
                model.location(),
                config.modelType(),
                config.layers(),
                model.transformer().parameters(),
                model.transformer().linears().get(0).weight().place())));
    findings.add(Finding.ok("model", "tokenizer and model fit"));
    model.notices().forEach(notice -> findings.add(Finding.ok("model", notice)));
    return findings;
  }
}
