using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci features</c>: what of the specification this runtime knows.</summary>
internal sealed class OciFeaturesCommand(CommandContext context, OciCommands oci)
{
    public Command Create() => new Command("features", "Write what this runtime can do, as JSON (runtime-spec, features.md)")
        .WithAction(line => oci.Run(line, _ =>
        {
            JsonOutput.Write(context.Output, OciFeatures.Own, CliJson.Default.OciFeatures);
            return 0;
        }));
}
