using System.Text;

namespace Hearth.Machines.Tests.Firecracker.Api;

/// <summary>The tests' own digest of the API: it says what Firecracker's description says, and it refuses what that refuses.</summary>
public sealed class ApiDescriptionTests
{
    private const string Variable = "HEARTH_FIRECRACKER_API";

    [Fact]
    public void The_digest_agrees_with_the_description_that_it_was_taken_from()
    {
        string? path = Environment.GetEnvironmentVariable(Variable) ?? FindReference();
        Assert.SkipWhen(path is null, $"there is no firecracker-v1.13.1-api.yaml in shared/reference beside the checkout, nor at ${Variable}");

        Assert.Equal(YamlDigest.Make(File.ReadAllText(path!)), ApiDescription.Lines());
    }

    [Theory]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":false,"path_on_host":"/x","is_read_only":true}""", null)]
    [InlineData("PUT", "/drives/a", """{"drive_id":"b","is_root_device":false}""", "differ")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a"}""", "lacks is_root_device")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":false,"io_engine":"Uring"}""", "io_engine=Sync|Async")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":"no"}""", "no boolean")]
    [InlineData("PUT", "/machine-config", """{"vcpu_count":33,"mem_size_mib":128}""", "maximum=32")]
    [InlineData("PUT", "/machine-config", """{"vcpu_count":1,"mem_size_mib":128,"ht_enabled":false}""", "has no ht_enabled")]
    [InlineData("PATCH", "/machine-config", """{"vcpu_count":2}""", null)]
    [InlineData("PUT", "/vsock", """{"guest_cid":2,"uds_path":"v"}""", "minimum=3")]
    [InlineData("PUT", "/serial", "{}", "not described")]
    [InlineData("PUT", "/mmds", """{"anything":{"at":"all"}}""", null)]
    public void The_digest_refuses_what_the_description_does(string method, string path, string body, string? problem)
    {
        string? found = ApiDescription.Instance.Check(method, path, Encoding.UTF8.GetBytes(body));

        if (problem is null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Contains(problem.Split('=')[0], found);
        }
    }

    private static string? FindReference()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "shared", "reference", "firecracker-v1.13.1-api.yaml");
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
