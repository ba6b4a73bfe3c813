/** How what other jars add is found: architectures, adapter methods, kernels, mappings to PEFT. */
package io.github.cola4j.services;
