package io.github.cola4j.spark.ml.params;

import io.github.cola4j.data.template.PromptConfig;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * How dialogues are written for a language model that learns them.
 *
 * @param <T> the stage
 */
public interface PromptParams<T> extends Params {
  /** Param: column of the right answer. */
  default Param<String> outputCol() {
    return ParamSet.of(this, "outputCol");
  }

  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  default T setOutputCol(String value) {
    return ParamSet.set(this, outputCol(), value);
  }

  /** Param: name of the template. */
  default Param<String> template() {
    return ParamSet.of(this, "template");
  }

  default String getTemplate() {
    return getOrDefault(template());
  }

  default T setTemplate(String value) {
    return ParamSet.set(this, template(), value);
  }

  /** Param: whether prompts are learnt too. */
  default BooleanParam trainOnPrompt() {
    return ParamSet.of(this, "trainOnPrompt");
  }

  default boolean getTrainOnPrompt() {
    return (boolean) getOrDefault(trainOnPrompt());
  }

  default T setTrainOnPrompt(boolean value) {
    return ParamSet.set(this, trainOnPrompt(), value);
  }

  /** Param: date that a template writes. */
  default Param<String> templateDate() {
    return ParamSet.of(this, "templateDate");
  }

  default String getTemplateDate() {
    return getOrDefault(templateDate());
  }

  default T setTemplateDate(String value) {
    return ParamSet.set(this, templateDate(), value);
  }

  /** How dialogues are written. */
  default PromptConfig promptConfig() {
    return new PromptConfig(getTemplate(), getTrainOnPrompt(), getTemplateDate());
  }
}
