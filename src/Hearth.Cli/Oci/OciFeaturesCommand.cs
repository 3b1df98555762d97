using Hearth.CommandLine;
using Hearth.Rendering;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci features</c>: the features document of the runtime specification.</summary>
internal sealed class OciFeaturesCommand(CommandContext context, OciCommands oci)
{
    public Command Create() => new Command("features", "Print the features of this runtime, as JSON")
        .WithAction(line => oci.Run(line, _ =>
        {
            JsonOutput.Write(context.Output, OciFeatures.Of(HearthProgram.Version), OutputJson.Default.OciFeatures);
            return 0;
        }));
}
