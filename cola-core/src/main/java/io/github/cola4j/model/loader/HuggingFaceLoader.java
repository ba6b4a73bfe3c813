package io.github.cola4j.model.loader;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.nn.stored.WeightOptions;
import java.io.File;

/** Loads transformers from folders as Hugging Face publishes them, and from the class path. */
public final class HuggingFaceLoader implements ModelLoader {

  /** For {@link java.util.ServiceLoader}. */
  public HuggingFaceLoader() {}

  @Override
  public String loads() {
    return "a folder as Hugging Face publishes it or " + HuggingFaceModel.CLASSPATH + "NAME";
  }

  /** Also a folder that is not there: what is missing is said when it is opened. */
  @Override
  public boolean accepts(String location) {
    return location.startsWith(HuggingFaceModel.CLASSPATH) || !new File(location).isFile();
  }

  @Override
  public ModelFiles open(String location) {
    return new Files(HuggingFaceModel.open(location));
  }

  private record Files(HuggingFaceModel model) implements ModelFiles {
    @Override
    public String fingerprint() {
      return model.fingerprint();
    }

    @Override
    public FrozenModel load(WeightOptions options) {
      return BaseModel.load(model, options);
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
