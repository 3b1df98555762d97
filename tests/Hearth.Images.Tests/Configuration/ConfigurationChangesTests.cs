using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Images.Configuration.Changes;

namespace Hearth.Images.Tests.Configuration;

/// <summary>Instructions of a Dockerfile change an image's defaults as docker's --change does.</summary>
public sealed class ConfigurationChangesTests
{
    [Theory]
    [InlineData("CMD echo a b", """{"Cmd":["/bin/sh","-c","echo a b"]}""")]
    [InlineData("cmd [\"echo\", \"a b\"]", """{"Cmd":["echo","a b"]}""")]
    [InlineData("CMD [echo]", """{"Cmd":["/bin/sh","-c","[echo]"]}""")]
    [InlineData("ENTRYPOINT [\"/init\"]", """{"Entrypoint":["/init"]}""")]
    [InlineData("ENTRYPOINT [\"/init\"]\nCMD [\"a\"]", """{"Entrypoint":["/init"],"Cmd":["a"]}""")]
    [InlineData("CMD [\"a\"]\nENTRYPOINT [\"/init\"]", """{"Entrypoint":["/init"],"Cmd":["a"]}""")]
    [InlineData("ENV A=1 B=\"two words\" C='$A' D=x\\ y", """{"Env":["A=1","B=two words","C=$A","D=x y"]}""")]
    [InlineData("ENV A one two", """{"Env":["A=one two"]}""")]
    [InlineData("ENV A=1\nENV B=$A:${A}:${C:-none}:${A:+some} A=2", """{"Env":["A=2","B=1:1:none:some"]}""")]
    [InlineData("ENV A=\\$B", """{"Env":["A=$B"]}""")]
    [InlineData("EXPOSE 80 53/UDP 8000-8001/tcp", """{"ExposedPorts":{"80/tcp":{},"53/udp":{},"8000/tcp":{},"8001/tcp":{}}}""")]
    [InlineData("LABEL a=b \"c d\"=\"e\\\"f\"", """{"Labels":{"a":"b","c d":"e\u0022f"}}""")]
    [InlineData("ONBUILD RUN make", """{"OnBuild":["RUN make"]}""")]
    [InlineData("STOPSIGNAL SIGQUIT", """{"StopSignal":"SIGQUIT"}""")]
    [InlineData("USER 1000:100", """{"User":"1000:100"}""")]
    [InlineData("VOLUME /data /log", """{"Volumes":{"/data":{},"/log":{}}}""")]
    [InlineData("VOLUME [\"/a b\"]", """{"Volumes":{"/a b":{}}}""")]
    [InlineData("WORKDIR /srv\nWORKDIR app/..", """{"WorkingDir":"/srv"}""")]
    [InlineData("HEALTHCHECK NONE", """{"Healthcheck":{"Test":["NONE"],"Interval":0,"Timeout":0,"StartPeriod":0,"StartInterval":0,"Retries":0}}""")]
    [InlineData("HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f x", """{"Healthcheck":{"Test":["CMD-SHELL","curl -f x"],"Interval":90000000000,"Timeout":0,"StartPeriod":0,"StartInterval":0,"Retries":2}}""")]
    [InlineData("HEALTHCHECK CMD [\"a\"]", """{"Healthcheck":{"Test":["CMD","a"],"Interval":0,"Timeout":0,"StartPeriod":0,"StartInterval":0,"Retries":0}}""")]
    [InlineData("# a comment\n\nUSER \\\n a", """{"User":"a"}""")]
    public void An_instruction_changes_its_value(string change, string expected) => Assert.Equal(expected, Json(ConfigurationChanges.Apply(new ProcessConfiguration(), [change])));

    [Fact]
    public void Changes_build_on_the_image_and_on_one_another()
    {
        ProcessConfiguration image = new()
        {
            Env = ["PATH=/bin", "A=0"], Cmd = ["old"], Shell = ["/bin/ash", "-ec"], WorkingDirectory = "srv", Labels = new Dictionary<string, string> { ["a"] = "1" },
        };

        ProcessConfiguration changed = ConfigurationChanges.Apply(image, ["ENTRYPOINT run", "ENV A=1 B=$PATH", "WORKDIR $B", "WORKDIR x", "LABEL b=2"]);

        Assert.Equal("""{"Env":["PATH=/bin","A=1","B=/bin"],"Entrypoint":["/bin/ash","-ec","run"],"WorkingDir":"/bin/x","Labels":{"a":"1","b":"2"},"Shell":["/bin/ash","-ec"]}""", Json(changed));
    }

    [Theory]
    [InlineData("RUN make", "'RUN' is no instruction; there are CMD, ENTRYPOINT")]
    [InlineData("NONSENSE", "'NONSENSE' is no instruction; there are CMD, ENTRYPOINT")]
    [InlineData("CMD", "CMD needs a value")]
    [InlineData("ENV A", "'A' has no value; write A=VALUE")]
    [InlineData("ENV A=1 B", "'B' is not NAME=VALUE")]
    [InlineData("ENV =1", "'=1' is not NAME=VALUE")]
    [InlineData("ENV A=\"1", "the quote \" has no end")]
    [InlineData("ENV A=${B", "a '${' has no '}'")]
    [InlineData("ENV A=${}", "a '${' has no name after it")]
    [InlineData("ENV A=${B?c}", "'${B?c}' is not supported")]
    [InlineData("EXPOSE 0", "'0' is no port")]
    [InlineData("EXPOSE 70000", "'70000' is no port")]
    [InlineData("EXPOSE 90-80", "'90-80' is no port")]
    [InlineData("EXPOSE 80/icmp", "'80/icmp' is no port")]
    [InlineData("ONBUILD FROM scratch", "FROM cannot be a trigger")]
    [InlineData("STOPSIGNAL NOPE", "'NOPE' is not a signal")]
    [InlineData("USER a b", "USER takes one value")]
    [InlineData("VOLUME [\"\"]", "a path is empty")]
    [InlineData("HEALTHCHECK NONE x", "NONE takes no flags and no words")]
    [InlineData("HEALTHCHECK --retries=2 NONE", "NONE takes no flags and no words")]
    [InlineData("HEALTHCHECK CMD", "CMD needs a command")]
    [InlineData("HEALTHCHECK --interval=5 CMD a", "'--interval=5' has no time")]
    [InlineData("HEALTHCHECK --nonsense=5 CMD a", "'--nonsense' is no flag")]
    [InlineData("HEALTHCHECK --retries=-1 CMD a", "'--retries=-1' has no number")]
    [InlineData("HEALTHCHECK --interval=1s", "after the flags comes NONE, or CMD and a command")]
    public void A_wrong_instruction_is_refused_with_its_cause(string change, string cause)
    {
        ImageException refused = Assert.Throws<ImageException>(() => ConfigurationChanges.Apply(new ProcessConfiguration(), [change]));
        Assert.Equal(ImageError.InvalidRequest, refused.Error);
        Assert.StartsWith($"cannot use the change '{change}': {cause}", refused.Message, StringComparison.Ordinal);
    }

    private static string Json(ProcessConfiguration configuration)
    {
        string text = JsonSerializer.Serialize(new ImageConfiguration { Config = configuration }, ImageJson.Default.ImageConfiguration);
        return JsonDocument.Parse(text).RootElement.GetProperty("config").GetRawText();
    }
}
