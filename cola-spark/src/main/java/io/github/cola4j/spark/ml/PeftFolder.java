package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.ml.params.StageParams;
import io.github.cola4j.spark.model.BaseModelCache;
import java.util.List;

/** A folder that HF PEFT loads onto a model's frozen model. */
final class PeftFolder {
  private PeftFolder() {}

  /**
   * Writes an adapter of a model, completely or not at all.
   *
   * @param path a path of the driver's disk, or the URI of a file system
   * @param overwrite whether the folder may be replaced, if an export has left it
   */
  static PeftExport.Summary write(
      StageParams<?> stage, TrainedAdapter adapter, String path, boolean overwrite) {
    new Inputs(List.of(stage.getModel())).requireApart(path);
    try (Output output = Output.create(path, overwrite, List.of(PeftExport.DESCRIPTION))) {
      BaseModel base = BaseModelCache.load(stage.getModel(), stage.weightOptions());
      adapter.description().requireModel(stage.uid(), base.location(), base.fingerprint());
      PeftExport.Summary summary =
          PeftExport.write(
              output.path(),
              adapter,
              base.transformer(),
              stage.getModel(),
              PeftExport.Options.whole());
      output.commit();
      return summary;
    }
  }
}
