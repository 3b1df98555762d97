namespace Hearth.Containers.Tests;

public sealed class RestartPolicyTests
{
    public static TheoryData<string, RestartPolicy?> Policies => new()
    {
        { "no", null },
        { "always", new RestartPolicy(RestartCondition.Always) },
        { "unless-stopped", new RestartPolicy(RestartCondition.UnlessStopped) },
        { "on-failure", new RestartPolicy(RestartCondition.OnFailure) },
        { "on-failure:3", new RestartPolicy(RestartCondition.OnFailure, 3) },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_is_read_by_docker_s_words(string text, RestartPolicy? policy) => Assert.Equal(policy, RestartPolicy.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("Always")]
    [InlineData("always:2")]
    [InlineData("no:0")]
    [InlineData("on-failure:")]
    [InlineData("on-failure:-1")]
    [InlineData("on-failure:1:2")]
    [InlineData("on-failure:99999999999")]
    public void Other_words_are_refused(string text) => Assert.Contains("is not a restart policy", Assert.Throws<FormatException>(() => RestartPolicy.Parse(text)).Message);
}
