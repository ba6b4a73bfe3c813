package io.github.cola4j.io.peft;

import java.util.Map;
import java.util.Set;

/** PEFT's LORA with {@code use_dora}: a LoRA and the lengths of the rows beside it. */
public final class DoraMapping implements PeftMapping {
  private static final LoraMapping DIRECTION = new LoraMapping();

  @Override
  public String type() {
    return DIRECTION.type();
  }

  @Override
  public Set<String> methods() {
    return Set.of("dora");
  }

  @Override
  public Set<String> keys() {
    return Set.of("use_dora");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    return config.flag("use_dora") ? new Reading(config, LoraMapping.lora(config)) : null;
  }

  private record Reading(PeftConfig config, PeftReading direction) implements PeftReading {

    @Override
    public String method() {
      return "dora";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(PeftNames.LORA_A, "A", PeftNames.LORA_B, "B", PeftNames.MAGNITUDE, "m");
    }

    @Override
    public Order order(String suffix, String module) {
      return suffix.equals(PeftNames.MAGNITUDE) ? Order.VECTOR : direction.order(suffix, module);
    }

    @Override
    public int rank(String module) {
      return direction.rank(module);
    }

    /** Times √R for one that is an rsLoRA too. */
    @Override
    public double alpha(String module) {
      double alpha = direction.alpha(module);
      return config.flag("use_rslora") ? alpha * Math.sqrt(rank(module)) : alpha;
    }

    @Override
    public double dropout() {
      return direction.dropout();
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    DIRECTION.write(
        output,
        module -> {
          String m = module.linear().name() + "/m";
          float[] lengths = output.parameter(m).toArray();
          output.put(module.linear().name(), PeftNames.MAGNITUDE, lengths, lengths.length);
          output.rounds(m);
        });
    output.config().put("use_dora", true);
  }
}
