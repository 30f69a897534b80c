package io.culvert.operator.calico.rule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.reconciler.resource.IpPool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolDefaultsTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'cidr':'10.0.0.0/8'} | {'cidr':'10.0.0.0/8','vxlanMode':'Never','ipipMode':'Always','blockSize':26,'nodeSelector':'all()','allowedUses':['Workload','Tunnel'],'assignmentMode':'Automatic'}
            {'cidr':'10.0.0.0/8','ipipMode':null,'blockSize':0,'nodeSelector':'','allowedUses':null} | {'cidr':'10.0.0.0/8','ipipMode':'Always','blockSize':26,'nodeSelector':'all()','allowedUses':['Workload','Tunnel'],'vxlanMode':'Never','assignmentMode':'Automatic'}
            {'cidr':'10.0.0.0/8','vxlanMode':'Always'} | {'cidr':'10.0.0.0/8','vxlanMode':'Always','ipipMode':'Never','blockSize':26,'nodeSelector':'all()','allowedUses':['Workload','Tunnel'],'assignmentMode':'Automatic'}
            {'cidr':'10.0.0.0/8','ipipMode':'Never','blockSize':28,'nodeSelector':'has(a)','allowedUses':['Tunnel'],'assignmentMode':'Manual','natOutgoing':true} | {'cidr':'10.0.0.0/8','ipipMode':'Never','blockSize':28,'nodeSelector':'has(a)','allowedUses':['Tunnel'],'assignmentMode':'Manual','natOutgoing':true,'vxlanMode':'Never'}
            """)
    void writesOutWhatIsMissing(String before, String after) throws JsonProcessingException {
        ObjectNode document =
                (ObjectNode) MAPPER.readTree(("{'metadata':{'name':'a'},'spec':" + before + "}").replace('\'', '"'));
        IpPool pool = Resource.of(Kind.IP_POOL, document).pool().orElseThrow();

        PoolDefaults.writeOut(document, pool);

        assertThat(document.get("spec")).isEqualTo(MAPPER.readTree(after.replace('\'', '"')));
        assertThat(Resource.of(Kind.IP_POOL, document).pool()).contains(pool);
    }
}
